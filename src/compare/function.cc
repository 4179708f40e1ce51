#include "compare/function.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "ops/activation.h"

namespace verge::compare {
namespace {

// What is called differently by Verge and by ONNX, in small letters without "_".
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kSynonyms = {
    {{"conv2d", "conv"},
     {"convnd", "conv"},
     {"depthwiseconv2d", "conv"},
     {"fullyconnected", "matmul"},
     {"gemm", "matmul"},
     {"maxpool2d", "maxpool"},
     {"avgpool2d", "avgpool"},
     {"averagepool", "avgpool"},
     {"globalaveragepool", "avgpool"},
     {"reducemean", "mean"},
     {"logistic", "sigmoid"},
     {"clip", "relu6"},
     {"flatten", "reshape"},
     {"squeeze", "reshape"},
     {"unsqueeze", "reshape"},
     {"resizebilinear", "resize"},
     {"dequantizelinear", "dequantize"},
     {"quantizelinear", "quantize"}}};

std::string Common(std::string_view name) {
  std::string word;
  for (const char c : name) {
    if (c != '_') word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const auto* const found = std::ranges::find(kSynonyms, word, [](const auto& pair) { return pair.first; });
  return found != kSynonyms.end() ? std::string(found->second) : word;
}

// The names of the enumerations "kind" and "activation".
class NameReader final : public ops::AttrVisitor {
 public:
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  void Enum(const char* name, int32_t& value, std::span<const char* const> names) override {
    if (value < 0 || static_cast<size_t>(value) >= names.size()) return;
    if (std::strcmp(name, "kind") == 0) kind = names[static_cast<size_t>(value)];
    if (std::strcmp(name, "activation") == 0 && value != ops::kNoActivation) {
      activation = names[static_cast<size_t>(value)];
    }
  }

  std::string kind;
  std::string activation;
};

}  // namespace

std::string FunctionOf(ops::OpId op, const ops::OpAttrs& attrs) {
  NameReader reader;
  ops::OpAttrs copy = attrs;  // visitors may write
  if (ops::GetOp(op).visit_attrs != nullptr) ops::GetOp(op).visit_attrs(copy, reader);
  if (!reader.activation.empty()) return reader.activation;
  return Common(reader.kind.empty() ? ops::GetOp(op).name : reader.kind);
}

std::string FunctionOfOnnx(std::string_view op) { return Common(op); }

}  // namespace verge::compare
