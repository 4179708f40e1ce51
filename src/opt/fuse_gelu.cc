// GELU written in parts becomes one elementwise function:
//
//   x (1 + erf(x / sqrt(2))) / 2                             -> gelu
//   x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2        -> gelu_tanh
//   x (1 + tanh(sqrt(2 / pi) x (1 + 0.044715 x^2))) / 2      -> gelu_tanh
//
// The factors may stand in any order, halves and roots may be multiplied or divided by. f32, and only when nobody else
// reads a part.
#include <algorithm>

#include "ops/add/add.h"
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

constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kRootTwoOverPi = 0.79788456080286535588;
constexpr double kCubic = 0.044715;

// What f is applied to in f(.) + 1; kNoValue when the value is something else.
ValueId InnerOf(const Rewriter& r, ValueId id, UnaryKind f) {
  const ir::Node* sum = r.Maker(id);
  if (sum == nullptr || !r.IsReadOnce(id) || !HasNoActivation(*sum)) return kNoValue;
  const std::optional<Shifted> shifted = ShiftedOf(r, *sum);
  if (!shifted || shifted->offset != 1.0f) return kNoValue;
  const ir::Node* function = r.Maker(shifted->x, ops::ids::kUnary);
  if (function == nullptr || !r.IsReadOnce(shifted->x)) return kNoValue;
  return function->attrs.As<ops::UnaryAttrs>().kind == static_cast<int32_t>(f) ? r.In(*function, 0) : kNoValue;
}

bool IsPower(const Product& product, double factor, ValueId x, size_t power) {
  return product.divisors.empty() && IsNear(product.factor, factor) && product.values.size() == power &&
         std::ranges::all_of(product.values, [&](ValueId id) { return id == x; });
}

// x + 0.044715 x^3
bool IsCubic(const Rewriter& r, ValueId id, ValueId x) {
  const ir::Node* sum = r.Maker(id, ops::ids::kAdd);
  if (sum == nullptr || !r.IsReadOnce(id) || !HasNoActivation(*sum)) return false;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (r.In(*sum, side) == x && IsPower(ProductOf(r, r.In(*sum, 1 - side)), kCubic, x, 3)) return true;
  }
  return false;
}

// 1 + 0.044715 x^2
bool IsSquareAndOne(const Rewriter& r, ValueId id, ValueId x) {
  const ir::Node* sum = r.Maker(id);
  if (sum == nullptr || !r.IsReadOnce(id) || !HasNoActivation(*sum)) return false;
  const std::optional<Shifted> shifted = ShiftedOf(r, *sum);
  return shifted && shifted->offset == 1.0f && IsPower(ProductOf(r, shifted->x), kCubic, x, 2);
}

bool IsTanhArgument(const Rewriter& r, ValueId id, ValueId x) {
  const Product product = ProductOf(r, id);
  if (!product.divisors.empty() || !IsNear(product.factor, kRootTwoOverPi)) return false;
  if (product.values.size() == 1) return IsCubic(r, product.values[0], x);
  if (product.values.size() != 2) return false;
  return (product.values[0] == x && IsSquareAndOne(r, product.values[1], x)) ||
         (product.values[1] == x && IsSquareAndOne(r, product.values[0], x));
}

std::optional<UnaryKind> KindOf(const Rewriter& r, ValueId share, ValueId x) {
  const ValueId of_erf = InnerOf(r, share, UnaryKind::kErf);
  if (of_erf != kNoValue && IsPower(ProductOf(r, of_erf), kRootHalf, x, 1)) return UnaryKind::kGelu;
  const ValueId of_tanh = InnerOf(r, share, UnaryKind::kTanh);
  if (of_tanh != kNoValue && IsTanhArgument(r, of_tanh, x)) return UnaryKind::kGeluTanh;
  return std::nullopt;
}

}  // namespace

Result<PassReport> FuseGelu(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op != ops::ids::kMul && node.op != ops::ids::kBinary) return Status::Ok();
    const Product product = ProductOf(r, node);
    if (product.values.size() != 2 || !product.divisors.empty() || !IsNear(product.factor, 0.5)) return Status::Ok();
    for (const size_t side : {size_t{0}, size_t{1}}) {
      const ValueId x = product.values[1 - side];
      const std::optional<UnaryKind> kind = KindOf(r, product.values[side], x);
      if (!kind) continue;
      const ir::Node fused = Become(node, ops::ids::kUnary, ops::UnaryAttrs{static_cast<int32_t>(*kind)}, {x});
      if (!r.Fits(fused)) continue;
      r.Note(Label(node) + " is " + ops::kUnaryKindNames[static_cast<size_t>(*kind)]);
      node = fused;
      break;
    }
    return Status::Ok();
  });
}

}  // namespace verge::opt
