// relu(f(x)) -> f(x) with activation=relu, and relu6 likewise, where f has an `activation` attribute that is still none
// and nobody else reads f's result.
#include <cstring>

#include "ops/activation.h"
#include "ops/op_ids.h"
#include "opt/pass.h"
#include "opt/uses.h"

namespace verge::opt {
namespace {

// Finds the field called "activation" and sets it when it is still none.
class ActivationSetter final : public ops::AttrVisitor {
 public:
  explicit ActivationSetter(int32_t activation) : activation_(activation) {}
  void Int(const char* /*name*/, int64_t& /*value*/, int64_t /*min*/, int64_t /*max*/) override {}
  void Float(const char* /*name*/, float& /*value*/) override {}
  void Bool(const char* /*name*/, bool& /*value*/) override {}
  void Ints(const char* /*name*/, ops::IntList& /*value*/) override {}
  void Enum(const char* name, int32_t& value, std::span<const char* const> /*names*/) override {
    if (std::strcmp(name, "activation") != 0 || value != ops::kNoActivation) return;
    value = activation_;
    is_set_ = true;
  }
  bool is_set() const { return is_set_; }

 private:
  int32_t activation_;
  bool is_set_ = false;
};

int32_t ActivationOf(ops::OpId op) {
  if (op == ops::ids::kRelu) return ops::kActivationRelu;
  if (op == ops::ids::kRelu6) return ops::kActivationRelu6;
  return ops::kNoActivation;
}

}  // namespace

Result<PassReport> FuseActivation(ir::Graph& graph) {
  const std::vector<ValueUses> uses = FindUses(graph);
  std::vector<bool> is_fused(graph.nodes.size(), false);
  PassReport report;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const ir::Node& relu = graph.nodes[n];
    const int32_t activation = ActivationOf(relu.op);
    if (activation == ops::kNoActivation) continue;
    const ValueUses& use = uses[relu.inputs[0]];
    if (use.producer == kNoNode || use.reads != 1 || use.is_graph_output) continue;
    // Two roundings of integers are not one.
    if (graph.value(relu.outputs[0]).dtype != DType::kF32) continue;
    ir::Node& before = graph.nodes[use.producer];
    ActivationSetter setter(activation);
    ops::GetOp(before.op).visit_attrs(before.attrs, setter);
    if (!setter.is_set()) continue;
    before.outputs[0] = relu.outputs[0];
    is_fused[n] = true;
    ++report.changes;
  }
  size_t n = 0;
  std::erase_if(graph.nodes, [&](const ir::Node&) { return is_fused[n++]; });
  return report;
}

}  // namespace verge::opt
