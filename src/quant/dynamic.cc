#include "quant/dynamic.h"

#include <algorithm>
#include <cstring>

namespace verge::quant {
namespace {

class AsymmetrySetter final : public ops::AttrVisitor {
 public:
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Enum(const char* /*name*/, int32_t& /*value*/, std::span<const char* const> /*names*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  void Bool(const char* name, bool& value) override {
    if (std::strcmp(name, "asymmetric_inputs") == 0) value = true;
  }
};

}  // namespace

bool IsMatrix(const ir::Node& node, const DynamicRule& rule, size_t input) {
  return input < 32 && input < node.inputs.size() && node.inputs[input] != ir::kNoValue &&
         ((rule.weights >> input) & 1) != 0;
}

WeightCode DynamicCode(const ir::Graph& graph, const ir::Node& node, const DynamicRule& rule, size_t input) {
  const ir::Value& value = graph.value(node.inputs[input]);
  const Channels channels(value.shape, rule.weight_axis);
  std::vector<float> scales = WeightScales(Floats(value), channels, kLimit8);
  // Recurrent layers want a scale above 0, even of a matrix of zeros.
  if (rule.weight_axis == kWhole && !(scales[0] > 0)) scales[0] = 1.0f / kLimit8;
  return RoundToNearest(Floats(value), channels, std::move(scales), kLimit8);
}

void MakeDynamic(const ir::Graph& graph, const DynamicRule& rule, Forms& forms, ir::Node& node) {
  const ir::Node original = node;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!IsMatrix(original, rule, i)) continue;
    node.inputs[i] = forms.Weights(node.inputs[i], rule.weight_axis, DynamicCode(graph, original, rule, i));
  }
  AsymmetrySetter setter;
  ops::GetOp(node.op).visit_attrs(node.attrs, setter);
}

}  // namespace verge::quant
