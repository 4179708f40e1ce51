// RNN, GRU and LSTM.
#include <algorithm>

#include "import/onnx/convert/tables.h"
#include "ops/recurrent/recurrent.h"

namespace verge::onnx {
namespace {

using ops::RecurrentKind;

std::string Lower(std::string text) {
  for (char& letter : text) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  return text;
}

// The functions as numbers; the defaults are those of the definitions.
std::vector<int64_t> ReadActivations(NodeContext& c, RecurrentKind kind, size_t directions) {
  std::vector<std::string> names = {"Tanh"};
  if (kind == RecurrentKind::kGru) names = {"Sigmoid", "Tanh"};
  if (kind == RecurrentKind::kLstm) names = {"Sigmoid", "Tanh", "Tanh"};
  const std::vector<std::string> one = names;
  if (directions == 2) names.insert(names.end(), one.begin(), one.end());
  if (const Attribute* stated = c.Find("activations"); stated != nullptr && !stated->strings.empty())
    names = stated->strings;
  const Attribute* alpha = c.Find("activation_alpha");
  const Attribute* beta = c.Find("activation_beta");
  if ((alpha != nullptr && !alpha->floats.empty()) || (beta != nullptr && !beta->floats.empty())) {
    c.Unsupported("activations with constants of their own (activation_alpha, activation_beta)");
  }
  std::vector<int64_t> codes;
  for (const std::string& name : names) {
    const auto found = std::find_if(std::begin(ops::kRecurrentFunctionNames), std::end(ops::kRecurrentFunctionNames),
                                    [&](const char* known) { return Lower(known) == Lower(name); });
    if (found == std::end(ops::kRecurrentFunctionNames)) c.Unsupported("the activation '" + name.substr(0, 50) + "'");
    codes.push_back(found - std::begin(ops::kRecurrentFunctionNames));
  }
  return codes;
}

}  // namespace

void ConvertRecurrent(NodeContext& c, RecurrentKind kind, std::vector<ValueId> inputs) {
  Builder& b = c.b;
  const std::string direction = c.String("direction", "forward");
  const auto found =
      std::find(std::begin(ops::kRecurrentDirectionNames), std::end(ops::kRecurrentDirectionNames), direction);
  if (found == std::end(ops::kRecurrentDirectionNames))
    return c.Invalid("the direction '" + direction.substr(0, 50) + "' is unknown");
  ops::RecurrentAttrs attrs;
  attrs.kind = static_cast<int32_t>(kind);
  attrs.direction = static_cast<int32_t>(found - std::begin(ops::kRecurrentDirectionNames));
  attrs.activations = ToIntList(b, ReadActivations(c, kind, direction == "bidirectional" ? 2 : 1));
  attrs.clip = c.Float("clip", 0);
  attrs.input_forget = c.Int("input_forget", 0) != 0;
  attrs.linear_before_reset = c.Int("linear_before_reset", 0) != 0;
  const bool batch_first = c.Int("layout", 0) != 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const bool has_batch = i == 0 || i == 5 || i == 6;
    if (batch_first && has_batch && inputs[i] != kNoValue) inputs[i] = b.Transpose(inputs[i], {1, 0, 2});
  }
  const std::vector<ValueId> out = b.Ops(ops::ids::kRecurrent, attrs, inputs, kind == RecurrentKind::kLstm ? 3 : 2);
  for (size_t i = 0; i < out.size(); ++i) {
    if (!c.Wants(i)) continue;
    const std::vector<int> turned = i == 0 ? std::vector<int>{2, 0, 1, 3} : std::vector<int>{1, 0, 2};
    c.Out(i, batch_first ? b.Transpose(out[i], turned) : out[i]);
  }
}

namespace {

template <RecurrentKind kKind>
void RecurrentOf(NodeContext& c) {
  std::vector<ValueId> inputs;
  for (size_t i = 0; i < std::min<size_t>(c.input_count(), 8); ++i) inputs.push_back(c.Has(i) ? c.In(i) : kNoValue);
  ConvertRecurrent(c, kKind, std::move(inputs));
}

constexpr Converter kRows[] = {
    {"RNN", RecurrentOf<RecurrentKind::kRnn>, 1},
    {"GRU", RecurrentOf<RecurrentKind::kGru>, 1},
    {"LSTM", RecurrentOf<RecurrentKind::kLstm>, 1},
};

}  // namespace

const std::span<const Converter> kRecurrentConverters = kRows;

}  // namespace verge::onnx
