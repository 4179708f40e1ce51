// relu(f(x)) -> f(x) with activation=relu, and relu6 and relu_n1_to_1 likewise, where f has an `activation` attribute
// that is still none and nobody else reads f's result.
//
// f32 alone: two roundings of integers are not one.
#include "ops/activation.h"
#include "ops/op_ids.h"
#include "ops/unary/unary.h"
#include "opt/activation_field.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

int32_t ActivationThatIs(const ir::Node& node) {
  if (node.op == ops::ids::kRelu) return ops::kActivationRelu;
  if (node.op == ops::ids::kRelu6) return ops::kActivationRelu6;
  const bool is_clamp = node.op == ops::ids::kUnary &&
                        node.attrs.As<ops::UnaryAttrs>().kind == static_cast<int32_t>(ops::UnaryKind::kReluN1To1);
  return is_clamp ? ops::kActivationReluN1To1 : ops::kNoActivation;
}

}  // namespace

Result<PassReport> FuseActivation(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    const int32_t activation = ActivationThatIs(node);
    if (activation == ops::kNoActivation || !r.IsFloat(node.outputs[0])) return Status::Ok();
    ir::Node* before = r.Maker(node.inputs[0]);
    if (before == nullptr || !r.IsReadOnce(node.inputs[0])) return Status::Ok();
    if (ActivationOf(*before) != ops::kNoActivation) return Status::Ok();
    r.Note(Label(node) + " into " + Label(*before));
    SetActivation(*before, activation);
    r.Absorb(node, *before);
    return Status::Ok();
  });
}

}  // namespace verge::opt
