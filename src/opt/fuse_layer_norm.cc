// A layer normalisation written in parts becomes one node, layer_norm, over the last dimension:
//
//   c = x - mean(x);  v = mean(c^2)
//   c / sqrt(v + epsilon) * s + o, or with 1 / sqrt(.) as a factor of its own
//   x * a + (o - mean(x) * a) with a = s / sqrt(v + epsilon)
//
// s and o are one number or one an index of the last dimension, both optional. f32, and only when nobody else reads a
// part (the mean and c themselves are read by two nodes of the formula).
#include <array>

#include "ops/layer_norm/layer_norm.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "ops/unary/unary.h"
#include "opt/activation_field.h"
#include "opt/formula.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

// What the value is the mean of along its last dimension, which stays with one element; kNoValue when it is none.
ValueId MeanOf(const Rewriter& r, ValueId id) {
  const ir::Node* node = r.Maker(id, ops::ids::kReduce);
  if (node == nullptr) return kNoValue;
  const auto& a = node->attrs.As<ops::ReduceAttrs>();
  const ValueId x = r.In(*node, 0);
  const int rank = r.value(x).shape.rank();
  const bool is_last = a.axes.size == 1 && (a.axes.values[0] == -1 || a.axes.values[0] == rank - 1);
  return a.kind == static_cast<int32_t>(ops::ReduceKind::kMean) && a.keep_dims && is_last ? x : kNoValue;
}

// The x of x - mean(x).
ValueId CentredOf(const Rewriter& r, ValueId id) {
  const ir::Node* node = r.Maker(id, ops::ids::kSub);
  if (node == nullptr || !HasNoActivation(*node)) return kNoValue;
  const ValueId x = r.In(*node, 0);
  return MeanOf(r, r.In(*node, 1)) == x ? x : kNoValue;
}

// The value that is squared; kNoValue when it is no square.
ValueId SquareOf(const Rewriter& r, ValueId id) {
  const Product product = ProductOf(r, id);
  const bool is_square = product.factor == 1 && product.divisors.empty() && product.values.size() == 2 &&
                         product.values[0] == product.values[1];
  return is_square ? product.values[0] : kNoValue;
}

// sqrt(mean((x - mean(x))^2) + epsilon): of which x.
struct Deviation {
  ValueId x = kNoValue;
  float epsilon = 0;
};
std::optional<Deviation> DeviationOf(const Rewriter& r, ValueId id) {
  const ir::Node* root = r.Maker(id, ops::ids::kUnary);
  if (root == nullptr || root->attrs.As<ops::UnaryAttrs>().kind != static_cast<int32_t>(ops::UnaryKind::kSqrt)) {
    return std::nullopt;
  }
  Deviation deviation;
  ValueId variance = r.In(*root, 0);
  const ir::Node* sum = r.Maker(variance);
  const std::optional<Shifted> shifted = sum == nullptr ? std::nullopt : ShiftedOf(r, *sum);
  if (shifted && HasNoActivation(*sum) && r.IsReadOnce(variance)) {
    variance = shifted->x;
    deviation.epsilon = shifted->offset;
  }
  const ValueId squares = MeanOf(r, variance);
  if (squares == kNoValue || !r.IsReadOnce(variance) || !(deviation.epsilon >= 0)) return std::nullopt;
  const ValueId centred = SquareOf(r, squares);
  deviation.x = centred == kNoValue ? kNoValue : CentredOf(r, centred);
  return deviation.x == kNoValue ? std::nullopt : std::optional(deviation);
}

// A constant that has one number, or one an index of the last dimension.
bool IsAlongLast(const Rewriter& r, ValueId id, int64_t width) {
  if (r.Floats(id) == nullptr) return false;
  const Shape& shape = r.value(id).shape;
  const auto elems = static_cast<int64_t>(shape.elems());
  return elems == 1 || (elems == width && shape[shape.rank() - 1] == width);
}

// As many numbers as the dimension has, times `factors` if there are any.
ValueId AlongLast(Rewriter& r, ValueId id, int64_t width, const float* factors, const std::string& name) {
  std::vector<float> numbers(static_cast<size_t>(width));
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = r.Floats(id)[r.value(id).shape.elems() == 1 ? 0 : i] * (factors == nullptr ? 1.0f : factors[i]);
  }
  return r.NewFloats(name, {width}, numbers);
}

struct Norm {
  ValueId x = kNoValue;
  float epsilon = 0;
  double factor = 1;
  ValueId scale = kNoValue;
  ValueId offset = kNoValue;
};

int64_t WidthOf(const Rewriter& r, ValueId x) {
  const Shape& shape = r.value(x).shape;
  return shape.rank() == 0 ? 1 : shape[shape.rank() - 1];
}

// The product of what is centred, or of x itself, with 1 / deviation and perhaps a scale.
std::optional<Norm> NormOf(const Rewriter& r, const Product& product, bool is_centred) {
  if (product.divisors.size() != 1 || product.values.empty() || product.values.size() > 2) return std::nullopt;
  const std::optional<Deviation> deviation = DeviationOf(r, product.divisors[0]);
  if (!deviation) return std::nullopt;
  Norm norm{deviation->x, deviation->epsilon, product.factor};
  const auto is_subject = [&](ValueId id) { return is_centred ? CentredOf(r, id) == norm.x : r.Resolve(id) == norm.x; };
  for (const size_t side : {size_t{0}, size_t{1}}) {
    if (side >= product.values.size() || !is_subject(product.values[side])) continue;
    if (product.values.size() == 2) {
      norm.scale = product.values[1 - side];
      if (!IsAlongLast(r, norm.scale, WidthOf(r, norm.x))) return std::nullopt;
    }
    return norm;
  }
  return std::nullopt;
}

// x a + (o - mean(x) a): the two products share a, which both read, so it is looked at by itself.
std::optional<Norm> Moved(const Rewriter& r, const ir::Node& node) {
  if (node.op != ops::ids::kAdd || !HasNoActivation(node)) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const ir::Node* product = r.Maker(node.inputs[side], ops::ids::kMul);
    const ir::Node* rest = r.Maker(node.inputs[1 - side], ops::ids::kSub);
    if (product == nullptr || rest == nullptr || !HasNoActivation(*product) || !HasNoActivation(*rest)) continue;
    const ir::Node* moved = r.Maker(r.In(*rest, 1), ops::ids::kMul);
    if (moved == nullptr || !HasNoActivation(*moved)) continue;
    for (const size_t place : {size_t{0}, size_t{1}}) {
      const ValueId x = r.In(*product, place);
      const ValueId a = r.In(*product, 1 - place);
      const bool has_mean = (r.In(*moved, 0) == a && MeanOf(r, r.In(*moved, 1)) == x) ||
                            (r.In(*moved, 1) == a && MeanOf(r, r.In(*moved, 0)) == x);
      const ir::Node* maker = r.Maker(a);
      if (!has_mean || maker == nullptr) continue;
      Product whole = ProductOf(r, *maker);
      whole.values.push_back(x);
      std::optional<Norm> norm = NormOf(r, whole, false);
      if (!norm || norm->x != x || !IsAlongLast(r, r.In(*rest, 0), WidthOf(r, x))) continue;
      norm->offset = r.In(*rest, 0);
      return norm;
    }
  }
  return std::nullopt;
}

ir::Node NormNode(Rewriter& r, const ir::Node& node, const Norm& norm) {
  const int64_t width = WidthOf(r, norm.x);
  std::vector<ValueId> inputs = {norm.x};
  const bool has_scale = norm.scale != kNoValue || norm.factor != 1;
  if (has_scale || norm.offset != kNoValue) inputs.push_back(kNoValue);
  if (has_scale) {
    const std::vector<float> factors(static_cast<size_t>(width), static_cast<float>(norm.factor));
    inputs[1] = norm.scale == kNoValue ? r.NewFloats(node.name + ".scale", {width}, factors)
                                       : AlongLast(r, norm.scale, width, factors.data(), node.name + ".scale");
  }
  if (norm.offset != kNoValue) inputs.push_back(AlongLast(r, norm.offset, width, nullptr, node.name + ".offset"));
  return Become(node, ops::ids::kLayerNorm, ops::LayerNormAttrs{norm.epsilon}, std::move(inputs));
}

// layer_norm(x) * s and layer_norm(x) + o, where what stands in front became a layer_norm when it was visited.
std::optional<ir::Node> TakeIn(Rewriter& r, const ir::Node& node) {
  const bool is_add = node.op == ops::ids::kAdd;
  if ((!is_add && node.op != ops::ids::kMul) || !HasNoActivation(node)) return std::nullopt;
  for (const size_t side : {size_t{0}, size_t{1}}) {
    const ir::Node* norm = r.Maker(node.inputs[side], ops::ids::kLayerNorm);
    const ValueId other = node.inputs[1 - side];
    if (norm == nullptr || !r.IsReadOnce(node.inputs[side])) continue;
    const std::array<ValueId, 3> parts = {r.In(*norm, 0), r.In(*norm, 1), r.In(*norm, 2)};
    const int64_t width = WidthOf(r, parts[0]);
    const bool is_open = (parts[1] == kNoValue || r.Floats(parts[1]) != nullptr) && parts[2] == kNoValue;
    if (!is_open || !IsAlongLast(r, other, width)) continue;
    const auto attrs = norm->attrs.As<ops::LayerNormAttrs>();
    std::vector<ValueId> inputs = {parts[0], parts[1]};
    if (is_add) {
      inputs.push_back(AlongLast(r, other, width, nullptr, node.name + ".offset"));
    } else {
      inputs[1] = AlongLast(r, other, width, parts[1] == kNoValue ? nullptr : r.Floats(parts[1]), node.name + ".scale");
    }
    return Become(node, ops::ids::kLayerNorm, attrs, std::move(inputs));
  }
  return std::nullopt;
}

}  // namespace

Result<PassReport> FuseLayerNorm(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.outputs.size() != 1 || !r.IsFloat(node.outputs[0])) return Status::Ok();
    const bool is_product = node.op == ops::ids::kMul || node.op == ops::ids::kBinary;
    const std::optional<Norm> norm = is_product ? NormOf(r, ProductOf(r, node), true) : Moved(r, node);
    std::optional<ir::Node> fused = norm ? std::optional(NormNode(r, node, *norm)) : TakeIn(r, node);
    if (!fused || !r.Fits(*fused)) return Status::Ok();
    r.Note(Label(node) + " is layer_norm");
    node = std::move(*fused);
    return Status::Ok();
  });
}

}  // namespace verge::opt
