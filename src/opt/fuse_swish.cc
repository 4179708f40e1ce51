// Gates written in parts become one elementwise function:
//
//   x sigmoid(x)                                  -> silu
//   clamp(x + 3, 0, 6) / 6, clamp(a x + b, 0, 1)  -> hard_sigmoid
//   x clamp(x + 3, 0, 6) / 6, x hard_sigmoid(x) of slope 1/6 -> hard_swish
//   x tanh(log(1 + exp(x)))                       -> mish
//   relu(x) - a relu(-x)                          -> prelu of slope a
//
// The factors may stand in any order, the clamp may be written in any way. f32, and only when nobody else reads a part.
#include "ops/activation.h"
#include "ops/add/add.h"
#include "ops/binary/binary.h"
#include "ops/op_ids.h"
#include "ops/unary/unary.h"
#include "opt/activation_field.h"
#include "opt/formula.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;
using ops::UnaryKind;

const ops::UnaryAttrs* UnaryOf(const Rewriter& r, ValueId id, UnaryKind kind) {
  const ir::Node* node = r.Maker(id, ops::ids::kUnary);
  if (node == nullptr || !r.IsReadOnce(id)) return nullptr;
  const auto& attrs = node->attrs.As<ops::UnaryAttrs>();
  return attrs.kind == static_cast<int32_t>(kind) ? &attrs : nullptr;
}

// clamp(slope x + offset, 0, bound)
struct Ramp {
  ValueId x = kNoValue;
  double slope = 1;
  double offset = 0;
  double bound = 1;
};

std::optional<Ramp> RampOf(const Rewriter& r, const Clamped& clamped) {
  if (clamped.lo != 0) return std::nullopt;
  Ramp ramp;
  ramp.bound = static_cast<double>(clamped.hi);
  // A sum that is clamped by its own activation is looked at without it.
  const ir::Node* sum = clamped.sum != nullptr ? clamped.sum : r.Maker(clamped.x);
  if (sum == nullptr || (clamped.sum == nullptr && !r.IsReadOnce(clamped.x))) return std::nullopt;
  ValueId scaled = kNoValue;
  if (const std::optional<Shifted> shifted = ShiftedOf(r, *sum)) {
    if (clamped.sum == nullptr && !HasNoActivation(*sum)) return std::nullopt;
    ramp.offset = static_cast<double>(shifted->offset);
    scaled = shifted->x;
  } else if (clamped.sum == nullptr) {
    scaled = clamped.x;
  } else {
    return std::nullopt;
  }
  const Product product = ProductOf(r, scaled);
  if (product.values.size() != 1 || !product.divisors.empty()) return std::nullopt;
  ramp.slope = product.factor;
  ramp.x = product.values[0];
  return ramp;
}

// factor * ramp as a hard_sigmoid: its bound has to come out as 1.
std::optional<ir::Node> HardSigmoid(const ir::Node& node, const Ramp& ramp, double factor) {
  if (!IsNear(ramp.bound * factor, 1) || ramp.offset == 0) return std::nullopt;
  const ops::UnaryAttrs attrs{static_cast<int32_t>(UnaryKind::kHardSigmoid), static_cast<float>(ramp.slope * factor),
                              static_cast<float>(ramp.offset * factor)};
  return Become(node, ops::ids::kUnary, attrs, {ramp.x});
}

bool IsHardSwish(const ops::UnaryAttrs& a) {
  return IsNear(static_cast<double>(a.alpha), 1.0 / 6) && IsNear(static_cast<double>(a.beta), 0.5);
}

// gate * x for a gate that is a function of x.
std::optional<UnaryKind> GateOf(const Rewriter& r, ValueId gate, ValueId x, double factor) {
  const ir::Node* maker = r.Maker(gate);
  if (maker == nullptr || !r.IsReadOnce(gate)) return std::nullopt;
  const bool is_of_x = !maker->inputs.empty() && r.In(*maker, 0) == x;
  if (factor == 1 && is_of_x && maker->op == ops::ids::kLogistic) return UnaryKind::kSilu;
  if (factor == 1 && is_of_x && UnaryOf(r, gate, UnaryKind::kSigmoid) != nullptr) return UnaryKind::kSilu;
  if (UnaryOf(r, gate, UnaryKind::kTanh) != nullptr && factor == 1) {
    const ValueId inner = r.In(*maker, 0);
    const bool is_softplus = UnaryOf(r, inner, UnaryKind::kSoftplus) != nullptr && r.In(*r.Maker(inner), 0) == x;
    if (is_softplus) return UnaryKind::kMish;
  }
  if (const ops::UnaryAttrs* hard = UnaryOf(r, gate, UnaryKind::kHardSigmoid)) {
    if (factor == 1 && is_of_x && IsHardSwish(*hard)) return UnaryKind::kHardSwish;
  }
  const std::optional<Clamped> clamped = ClampedOf(r, gate);
  const std::optional<Ramp> ramp = clamped ? RampOf(r, *clamped) : std::nullopt;
  if (!ramp || ramp->x != x || !IsNear(ramp->bound * factor, 1)) return std::nullopt;
  const bool is_hard = IsNear(ramp->slope * factor, 1.0 / 6) && IsNear(ramp->offset * factor, 0.5);
  return is_hard ? std::optional(UnaryKind::kHardSwish) : std::nullopt;
}

std::optional<ir::Node> FuseProduct(const Rewriter& r, const ir::Node& node) {
  const Product product = ProductOf(r, node);
  if (!product.divisors.empty() || product.nodes == 0) return std::nullopt;
  if (product.values.size() == 1) {
    const std::optional<Clamped> clamped = ClampedOf(r, product.values[0]);
    const std::optional<Ramp> ramp = clamped ? RampOf(r, *clamped) : std::nullopt;
    return ramp ? HardSigmoid(node, *ramp, product.factor) : std::nullopt;
  }
  if (product.values.size() != 2) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const ValueId x = product.values[1 - side];
    if (const std::optional<UnaryKind> kind = GateOf(r, product.values[side], x, product.factor)) {
      return Become(node, ops::ids::kUnary, ops::UnaryAttrs{static_cast<int32_t>(*kind)}, {x});
    }
  }
  return std::nullopt;
}

// A clamp that is no part of a product: clamp(a x + b, 0, 1).
std::optional<ir::Node> FuseClamp(const Rewriter& r, const ir::Node& node) {
  const std::optional<Clamped> clamped = ClampedOf(r, node);
  if (!clamped || clamped->hi != 1.0f || clamped->sum != nullptr) return std::nullopt;
  const std::optional<Ramp> ramp = RampOf(r, *clamped);
  return ramp ? HardSigmoid(node, *ramp, 1) : std::nullopt;
}

// The x of -slope * relu(-x), with the slope as a constant of the graph; the product may be written in several ways.
struct Below {
  ValueId x = kNoValue;
  ValueId slope = kNoValue;  // before the sign is turned
};
std::optional<Below> BelowOf(const Rewriter& r, ValueId id) {
  const ir::Node* mul = r.Maker(id, ops::ids::kMul);
  if (mul == nullptr || !r.IsReadOnce(id) || !HasNoActivation(*mul)) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const ir::Node* relu = r.Maker(r.In(*mul, side), ops::ids::kRelu);
    const ValueId slope = r.In(*mul, 1 - side);
    if (relu == nullptr || !r.IsReadOnce(r.In(*mul, side)) || r.Floats(slope) == nullptr) continue;
    const ValueId negative = r.In(*relu, 0);
    const Product product = ProductOf(r, negative);
    if (product.factor == -1 && product.values.size() == 1 && product.divisors.empty() && product.nodes == 1) {
      return Below{product.values[0], slope};
    }
  }
  return std::nullopt;
}

std::optional<ir::Node> FusePrelu(Rewriter& r, const ir::Node& node) {
  const bool is_add = node.op == ops::ids::kAdd;
  if ((!is_add && node.op != ops::ids::kSub) || !HasNoActivation(node)) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (!is_add && side == 1) break;  // relu(x) - a relu(-x), not the other way about
    const ir::Node* above = r.Maker(node.inputs[side], ops::ids::kRelu);
    const std::optional<Below> below = BelowOf(r, node.inputs[1 - side]);
    if (above == nullptr || !below || !r.IsReadOnce(node.inputs[side]) || r.In(*above, 0) != below->x) continue;
    ValueId slope = below->slope;
    if (is_add) {
      const Shape shape = r.value(slope).shape;
      std::vector<float> turned(r.Floats(slope), r.Floats(slope) + shape.elems());
      for (float& v : turned) v = -v;
      slope = r.NewFloats(r.value(slope).name + ".slope", shape, turned);
    }
    const ops::BinaryAttrs attrs{static_cast<int32_t>(ops::BinaryKind::kPrelu)};
    return Become(node, ops::ids::kBinary, attrs, {below->x, slope});
  }
  return std::nullopt;
}

}  // namespace

Result<PassReport> FuseSwish(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.outputs.size() != 1 || !r.IsFloat(node.outputs[0])) return Status::Ok();
    std::optional<ir::Node> fused = FuseProduct(r, node);
    if (!fused) fused = FuseClamp(r, node);
    if (!fused) fused = FusePrelu(r, node);
    if (!fused || !r.Fits(*fused)) return Status::Ok();
    const bool is_unary = fused->op == ops::ids::kUnary;
    r.Note(Label(node) + " is " + (is_unary ? ops::kUnaryKindNames[fused->attrs.As<ops::UnaryAttrs>().kind] : "prelu"));
    node = std::move(*fused);
    return Status::Ok();
  });
}

}  // namespace verge::opt
