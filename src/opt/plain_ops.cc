// Writes f32 arithmetic as the ops that have fast kernels, or none at all to run:
//
//   binary add, sub, mul     -> add, sub, mul          unary relu, sigmoid  -> relu, logistic
//   max(x, 0)                -> relu                   min(max(x, 0), 6)    -> relu6, in any order of the two
//   min(max(x, -1), 1)       -> relu_n1_to_1           x / c                -> x * (1 / c)
//   -x                       -> x * -1                 x^2, x^0.5, x^-1     -> x * x, sqrt, reciprocal
//
// x / c is rounded twice instead of once. c with no finite, normal reciprocal stays.
#include <cmath>

#include "ops/add/add.h"
#include "ops/binary/binary.h"
#include "ops/logistic/logistic.h"
#include "ops/mul/mul.h"
#include "ops/op_ids.h"
#include "ops/relu/relu.h"
#include "ops/relu6/relu6.h"
#include "ops/sub/sub.h"
#include "ops/unary/unary.h"
#include "opt/formula.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::Node;
using ops::BinaryKind;
using ops::UnaryKind;

ops::UnaryAttrs AttrsOf(UnaryKind kind) { return {static_cast<int32_t>(kind)}; }

// The node that a clamp becomes; empty when no op has these bounds.
std::optional<Node> ClampNode(const Node& node, const Clamped& clamped) {
  if (clamped.sum != nullptr) return std::nullopt;  // a clamp of a clamped sum is rare
  const auto is = [&](int32_t activation) {
    const ops::ActivationRange range = ops::RangeOf(activation);
    return clamped.lo == range.lo && clamped.hi == range.hi;
  };
  if (is(ops::kActivationRelu)) return Become(node, ops::ids::kRelu, ops::ReluAttrs{}, {clamped.x});
  if (is(ops::kActivationRelu6)) return Become(node, ops::ids::kRelu6, ops::Relu6Attrs{}, {clamped.x});
  if (!is(ops::kActivationReluN1To1)) return std::nullopt;
  return Become(node, ops::ids::kUnary, AttrsOf(UnaryKind::kReluN1To1), {clamped.x});
}

std::optional<Node> DivNode(Rewriter& r, const Node& node) {
  const float* divisors = r.Floats(node.inputs[1]);
  if (divisors == nullptr) return std::nullopt;
  const Shape shape = r.value(node.inputs[1]).shape;
  std::vector<float> factors(divisors, divisors + shape.elems());
  for (float& factor : factors) {
    factor = 1 / factor;
    if (!std::isnormal(factor)) return std::nullopt;
  }
  const ir::ValueId inverse = r.NewFloats(r.value(node.inputs[1]).name + ".inverse", shape, factors);
  return Become(node, ops::ids::kMul, ops::MulAttrs{}, {node.inputs[0], inverse});
}

std::optional<Node> PowNode(const Rewriter& r, const Node& node) {
  const ir::ValueId x = node.inputs[0];
  const std::optional<float> exponent = r.Scalar(node.inputs[1]);
  if (exponent == 2.0f) return Become(node, ops::ids::kMul, ops::MulAttrs{}, {x, x});
  if (exponent == 0.5f) return Become(node, ops::ids::kUnary, AttrsOf(UnaryKind::kSqrt), {x});
  if (exponent == -1.0f) return Become(node, ops::ids::kUnary, AttrsOf(UnaryKind::kReciprocal), {x});
  return std::nullopt;
}

std::optional<Node> PlainBinary(Rewriter& r, const Node& node) {
  const std::vector<ir::ValueId>& in = node.inputs;
  switch (static_cast<BinaryKind>(node.attrs.As<ops::BinaryAttrs>().kind)) {
    case BinaryKind::kAdd: return Become(node, ops::ids::kAdd, ops::AddAttrs{}, in);
    case BinaryKind::kSub: return Become(node, ops::ids::kSub, ops::SubAttrs{}, in);
    case BinaryKind::kMul: return Become(node, ops::ids::kMul, ops::MulAttrs{}, in);
    case BinaryKind::kDiv: return DivNode(r, node);
    case BinaryKind::kPow: return PowNode(r, node);
    case BinaryKind::kMin:
    case BinaryKind::kMax: {
      const std::optional<Clamped> clamped = ClampedOf(r, node);
      return clamped ? ClampNode(node, *clamped) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<Node> PlainUnary(Rewriter& r, const Node& node) {
  const std::vector<ir::ValueId>& in = node.inputs;
  switch (static_cast<UnaryKind>(node.attrs.As<ops::UnaryAttrs>().kind)) {
    case UnaryKind::kRelu: return Become(node, ops::ids::kRelu, ops::ReluAttrs{}, in);
    case UnaryKind::kSigmoid: return Become(node, ops::ids::kLogistic, ops::LogisticAttrs{}, in);
    case UnaryKind::kNeg: {
      const ir::ValueId minus_one = r.NewFloats(node.name + ".factor", {1}, {-1.0f});
      return Become(node, ops::ids::kMul, ops::MulAttrs{}, {in[0], minus_one});
    }
    default: return std::nullopt;
  }
}

}  // namespace

Result<PassReport> PlainOps(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](Node& node) {
    const bool is_binary = node.op == ops::ids::kBinary;
    if ((!is_binary && node.op != ops::ids::kUnary) || !r.IsFloat(node.inputs[0])) return Status::Ok();
    const std::optional<Node> plain = is_binary ? PlainBinary(r, node) : PlainUnary(r, node);
    if (!plain || !r.Fits(*plain)) return Status::Ok();
    r.Note(Label(node) + " is " + ops::GetOp(plain->op).name);
    node = *plain;
    return Status::Ok();
  });
}

}  // namespace verge::opt
