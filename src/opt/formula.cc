#include "opt/formula.h"

#include <cmath>
#include <limits>

#include "ops/activation.h"
#include "ops/binary/binary.h"
#include "ops/op_ids.h"
#include "ops/unary/unary.h"
#include "opt/activation_field.h"

namespace verge::opt {
namespace {

using ir::ValueId;
using ops::BinaryKind;
using ops::UnaryKind;

// Longer products are no formula that anyone looks for.
constexpr size_t kMaxFactors = 8;

bool IsBinary(const ir::Node& node, BinaryKind kind) {
  return node.op == ops::ids::kBinary && node.attrs.As<ops::BinaryAttrs>().kind == static_cast<int32_t>(kind);
}

bool IsUnary(const ir::Node& node, UnaryKind kind) {
  return node.op == ops::ids::kUnary && node.attrs.As<ops::UnaryAttrs>().kind == static_cast<int32_t>(kind);
}

class Collector {
 public:
  explicit Collector(const Rewriter& r) : r_(r) {}

  // Takes the node apart; false when it is no product.
  bool AddNode(const ir::Node& node, bool divides) {
    if (!r_.IsFloat(node.outputs[0]) || !HasNoActivation(node)) return false;
    ++product.nodes;
    if (node.op == ops::ids::kMul) {
      AddValue(r_.In(node, 0), divides);
      AddValue(r_.In(node, 1), divides);
    } else if (IsBinary(node, BinaryKind::kDiv)) {
      AddValue(r_.In(node, 0), divides);
      AddValue(r_.In(node, 1), !divides);
    } else if (IsUnary(node, UnaryKind::kNeg)) {
      product.factor = -product.factor;
      AddValue(r_.In(node, 0), divides);
    } else if (IsUnary(node, UnaryKind::kReciprocal)) {
      AddValue(r_.In(node, 0), !divides);
    } else if (const int power = PowerOf(node); power != 0) {
      for (int i = 0; i < power; ++i) AddWhole(r_.In(node, 0), divides);
    } else {
      --product.nodes;
      return false;
    }
    return true;
  }

  void AddValue(ValueId id, bool divides) {
    if (const std::optional<float> number = r_.Scalar(id)) {
      product.factor =
          divides ? product.factor / static_cast<double>(*number) : product.factor * static_cast<double>(*number);
      return;
    }
    const ir::Node* maker = r_.Maker(id);
    const bool can_open = maker != nullptr && r_.IsReadOnce(id) && product.nodes < kMaxFactors;
    if (!can_open || !AddNode(*maker, divides)) AddWhole(id, divides);
  }

  Product product;

 private:
  int PowerOf(const ir::Node& node) const {
    if (!IsBinary(node, BinaryKind::kPow)) return 0;
    const std::optional<float> exponent = r_.Scalar(r_.In(node, 1));
    return exponent == 2.0f ? 2 : (exponent == 3.0f ? 3 : 0);
  }
  void AddWhole(ValueId id, bool divides) { (divides ? product.divisors : product.values).push_back(id); }

  const Rewriter& r_;
};

}  // namespace

Product ProductOf(const Rewriter& r, const ir::Node& node) {
  Collector collector(r);
  if (!collector.AddNode(node, false)) collector.product.values.push_back(r.Resolve(node.outputs[0]));
  return std::move(collector.product);
}

Product ProductOf(const Rewriter& r, ValueId id) {
  Collector collector(r);
  collector.AddValue(r.Resolve(id), false);
  return std::move(collector.product);
}

std::optional<Shifted> ShiftedOf(const Rewriter& r, const ir::Node& node) {
  if (!r.IsFloat(node.outputs[0]) || (node.op != ops::ids::kAdd && node.op != ops::ids::kSub)) return std::nullopt;
  const std::optional<float> second = r.Scalar(r.In(node, 1));
  if (second) return Shifted{r.In(node, 0), node.op == ops::ids::kAdd ? *second : -*second};
  const std::optional<float> first = r.Scalar(r.In(node, 0));
  if (first && node.op == ops::ids::kAdd) return Shifted{r.In(node, 1), *first};
  return std::nullopt;
}

bool IsNear(double a, double b) {
  // An infinite bound is near nothing, itself included.
  if (!std::isfinite(a) || !std::isfinite(b)) return false;
  return std::abs(a - b) <= 2e-5 * std::max(std::abs(a), std::abs(b));
}

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Longer chains of bounds are no formula either.
constexpr int kMaxBounds = 4;

std::optional<Clamped> Bounds(const Rewriter& r, const ir::Node& node, int depth);

std::optional<Clamped> BoundsOf(const Rewriter& r, ValueId id, int depth) {
  const ir::Node* node = r.Maker(id);
  return node != nullptr && r.IsReadOnce(id) && depth > 0 ? Bounds(r, *node, depth) : std::nullopt;
}

// min or max with a number.
std::optional<Clamped> OneBound(const Rewriter& r, const ir::Node& node, int depth) {
  const bool is_max = IsBinary(node, BinaryKind::kMax);
  if (!is_max && !IsBinary(node, BinaryKind::kMin)) return std::nullopt;
  for (const size_t side : {size_t{1}, size_t{0}}) {
    const std::optional<float> bound = r.Scalar(r.In(node, side));
    if (!bound) continue;
    const ValueId x = r.In(node, 1 - side);
    Clamped clamped = BoundsOf(r, x, depth - 1).value_or(Clamped{x, nullptr, -kInfinity, kInfinity});
    if (is_max) {
      clamped.lo = std::max(clamped.lo, *bound);
    } else {
      clamped.hi = std::min(clamped.hi, *bound);
    }
    if (!(clamped.lo <= clamped.hi)) return std::nullopt;  // the order of the two matters then
    return clamped;
  }
  return std::nullopt;
}

std::optional<Clamped> Bounds(const Rewriter& r, const ir::Node& node, int depth) {
  if (!r.IsFloat(node.outputs[0])) return std::nullopt;
  const auto of = [&](int32_t activation) {
    const ops::ActivationRange range = ops::RangeOf(activation);
    return Clamped{r.In(node, 0), nullptr, range.lo, range.hi};
  };
  if (node.op == ops::ids::kRelu || IsUnary(node, UnaryKind::kRelu)) return of(ops::kActivationRelu);
  if (node.op == ops::ids::kRelu6) return of(ops::kActivationRelu6);
  if (IsUnary(node, UnaryKind::kReluN1To1)) return of(ops::kActivationReluN1To1);
  if (HasNoActivation(node)) return OneBound(r, node, depth);
  Clamped clamped = of(*ActivationOf(node));
  clamped.x = ir::kNoValue;
  clamped.sum = &node;
  return clamped;
}

}  // namespace

std::optional<Clamped> ClampedOf(const Rewriter& r, const ir::Node& node) { return Bounds(r, node, kMaxBounds); }

std::optional<Clamped> ClampedOf(const Rewriter& r, ValueId id) { return BoundsOf(r, r.Resolve(id), kMaxBounds); }

}  // namespace verge::opt
