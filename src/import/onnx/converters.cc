#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {
namespace {

using Tables = std::span<const std::span<const Converter>>;

Tables TablesOf(std::string_view domain) {
  static const std::array kOnnx = {
      kAttentionConverters,     kControlConverters,   kConvolutionConverters, kElementwiseConverters,
      kImageConverters,         kIndexingConverters,  kLossConverters,        kMatrixConverters,
      kNormalisationConverters, kQuantisedConverters, kRecurrentConverters,   kReductionConverters,
      kSequenceConverters,      kShapeConverters,     kSignalConverters,      kTextConverters};
  static const std::array kMicrosoft = {kMicrosoftConverters, kMicrosoftQuantisedConverters};
  static const std::array kMl = {kMlConverters, kTreeConverters};
  if (domain.empty()) return kOnnx;
  if (domain == "com.microsoft") return kMicrosoft;
  if (domain == "ai.onnx.ml") return kMl;
  return {};
}

struct Advice {
  const char* op;  // or a domain, when it ends with a point
  const char* text;
};

// Ops that exporters really write and Verge does not read, with what to do instead.
constexpr Advice kAdvice[] = {
    {"ai.onnx.preview.training.", "a training op; export the model for inference"},
    {"ai.onnx.training.", "a training op; export the model for inference"},
    {"com.microsoft.nchwc.", "made by ONNX Runtime for one kind of CPU; take the model from before it was optimised"},
    {"com.ms.internal.nhwc.", "made by ONNX Runtime for one accelerator; take the model from before it was optimised"},
    {"org.pytorch.aten.", "a PyTorch op that the exporter did not translate; use a newer exporter or a higher opset"},
    {"ai.onnx.contrib.", "an op of onnxruntime-extensions; do this step in the app, before or after the model"},
    {"ATen", "a PyTorch op that the exporter did not translate; use a newer exporter or a higher opset"},
    {"Attention", "fused by ONNX Runtime's transformer optimiser; take the model from before it was optimised"},
    {"EmbedLayerNormalization", "fused by ONNX Runtime's transformer optimiser; take the model from before it"},
    {"GroupQueryAttention", "export the plain ONNX ops or Attention of opset 23 instead"},
    {"Bernoulli", "random numbers; draw them outside and make them an input"},
    {"Multinomial", "random numbers; draw them outside and make them an input"},
    {"RandomNormal", "random numbers; draw them outside and make them an input"},
    {"RandomNormalLike", "random numbers; draw them outside and make them an input"},
    {"RandomUniform", "random numbers; draw them outside and make them an input"},
    {"RandomUniformLike", "random numbers; draw them outside and make them an input"},
    {"Gradient", "a training op; export the model for inference"},
    {"ImageDecoder", "decode the image in the app: the pipeline's source does"},
    {"RegexFullMatch", "strings; do this step in the app, before the model"},
    {"StringConcat", "strings; do this step in the app, before the model"},
    {"StringNormalizer", "strings; do this step in the app, before the model"},
    {"StringSplit", "strings; do this step in the app, before the model"},
    {"Tokenizer", "strings; do this step in the app, before the model"},
    {"DictVectorizer", "maps; give the features as one tensor of numbers"},
    {"CastMap", "maps; give the features as one tensor of numbers"},
    {"CategoryMapper", "strings; give the categories as numbers"},
    {"SVMClassifier", "train a linear model or trees instead, or export the kernel as MatMul and Exp"},
    {"SVMRegressor", "train a linear model or trees instead, or export the kernel as MatMul and Exp"},
};

// Single-letter changes that turn a into b.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

const Converter* FindConverter(std::string_view domain, std::string_view op) {
  for (const std::span<const Converter> table : TablesOf(domain)) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const Converter& row) { return row.op == op; });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

std::string AdviceFor(std::string_view domain, std::string_view op) {
  const std::string prefix = std::string(domain.substr(0, 100)) + ".";
  for (const Advice& advice : kAdvice) {
    if (op == advice.op || prefix == advice.op) return advice.text;
  }
  constexpr size_t kLongestOp = 64;
  std::string nearest;
  size_t best = op.size() <= kLongestOp ? op.size() / 3 + 1 : 0;  // farther away is another word
  for (const std::string_view known :
       {std::string_view(), std::string_view("com.microsoft"), std::string_view("ai.onnx.ml")}) {
    if (FindConverter(known, op) != nullptr) {
      return "Verge knows it in the domain '" + std::string(known.empty() ? "ai.onnx" : known) + "'";
    }
    for (const std::span<const Converter> table : TablesOf(known)) {
      for (const Converter& row : table) {
        const size_t distance = best == 0 ? best : EditDistance(op, row.op);
        if (distance < best) {
          best = distance;
          nearest = (known.empty() ? "" : std::string(known) + ".") + row.op;
        }
      }
    }
  }
  if (!nearest.empty()) return "the nearest that Verge has is " + nearest;
  return domain.empty() ? "export with a lower opset, or write it with simpler ops"
                        : "an op of the exporter's own; export with ONNX's ops only";
}

}  // namespace verge::onnx
