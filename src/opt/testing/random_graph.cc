#include "opt/testing/random_graph.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "ops/activation.h"
#include "ops/add/add.h"
#include "ops/avg_pool2d/avg_pool2d.h"
#include "ops/binary/binary.h"
#include "ops/cast/cast.h"
#include "ops/concat/concat.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv_nd/conv_nd.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/dequantize/dequantize.h"
#include "ops/expand/expand.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/matmul/matmul.h"
#include "ops/mul/mul.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pool_nd/pool_nd.h"
#include "ops/quantize/quantize.h"
#include "ops/reduce/reduce.h"
#include "ops/reshape/reshape.h"
#include "ops/slice/slice.h"
#include "ops/softmax/softmax.h"
#include "ops/sub/sub.h"
#include "ops/transpose/transpose.h"
#include "ops/unary/unary.h"

namespace verge::opt::testing {
namespace {

using ir::kNoValue;
using ir::ValueId;
using ops::BinaryKind;
using ops::UnaryKind;

class Builder {
 public:
  explicit Builder(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  ir::Graph Build();

 private:
  // Choices: 0 .. n - 1. At most one argument of a call may choose: compilers evaluate arguments in any order.
  size_t Below(size_t n) { return next_ < bytes_.size() ? bytes_[next_++] % n : 0; }
  bool Flip() { return Below(2) == 1; }
  float Number() { return static_cast<float>(Below(17)) / 4.0f - 2.0f; }
  ValueId Any() { return values_[values_.size() - 1 - std::min(Below(6), values_.size() - 1)]; }

  const Shape& ShapeOf(ValueId id) const { return graph_.value(id).shape; }
  int64_t Last(ValueId id) const { return ShapeOf(id)[ShapeOf(id).rank() - 1]; }

  ValueId Scalar(float number) { return graph_.AddConstant(NewName("c"), DType::kF32, {1}, &number); }
  ValueId Constant(const Shape& shape);
  // A constant, or what is computed from constants alone.
  ValueId Weights(const Shape& shape) {
    const ValueId w = Constant(shape);
    return Flip() ? w : Node(ops::ids::kMul, ops::MulAttrs{}, {w, Scalar(0.5f)});
  }
  std::string NewName(const char* stem) { return stem + std::to_string(graph_.values.size()); }

  // A node with one output; kNoValue when the op's rule refuses it, or an input is kNoValue, or it is too large.
  template <typename Attrs>
  ValueId Node(ops::OpId op, const Attrs& attrs, std::vector<ValueId> inputs, const ir::Quant& quant = {});
  ValueId Unary(UnaryKind kind, ValueId x, float alpha = 0, float beta = 0) {
    return Node(ops::ids::kUnary, ops::UnaryAttrs{static_cast<int32_t>(kind), alpha, beta}, {x});
  }
  ValueId Binary(BinaryKind kind, ValueId a, ValueId b) {
    return Node(ops::ids::kBinary, ops::BinaryAttrs{static_cast<int32_t>(kind)}, {a, b});
  }
  ValueId Add(ValueId a, ValueId b, int32_t activation = ops::kNoActivation) {
    return Flip() ? Node(ops::ids::kAdd, ops::AddAttrs{activation}, {a, b})
                  : Node(ops::ids::kAdd, ops::AddAttrs{activation}, {b, a});
  }
  ValueId Sub(ValueId a, ValueId b) { return Node(ops::ids::kSub, ops::SubAttrs{}, {a, b}); }
  ValueId Mul(ValueId a, ValueId b) {
    return Flip() ? Node(ops::ids::kMul, ops::MulAttrs{}, {a, b}) : Node(ops::ids::kMul, ops::MulAttrs{}, {b, a});
  }
  // x * factor, multiplied or divided.
  ValueId Times(ValueId x, float factor) {
    return Flip() ? Mul(x, Scalar(factor)) : Binary(BinaryKind::kDiv, x, Scalar(1 / factor));
  }
  ValueId Clamp(ValueId x, float lo, float hi);
  ValueId Reshape(ValueId x);
  ValueId Transpose(ValueId x);

  ValueId Step();
  ValueId Elementwise();
  ValueId Movement();
  ValueId Layer();
  ValueId Convolution(ValueId x);
  ValueId Window(ValueId x);
  ValueId Gate();
  ValueId Gelu();
  ValueId LayerNorm();
  ValueId Attention();
  ValueId Quantised();
  ValueId Copy();

  std::span<const uint8_t> bytes_;
  size_t next_ = 0;
  ir::Graph graph_;
  std::vector<ValueId> values_;  // f32, to choose from
};

ValueId Builder::Constant(const Shape& shape) {
  std::vector<float> numbers(shape.elems());
  const size_t start = Below(7);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>((i * 5 + start) % 7) / 8.0f - 0.25f;
  return graph_.AddConstant(NewName("c"), DType::kF32, shape, numbers.data());
}

template <typename Attrs>
ValueId Builder::Node(ops::OpId op, const Attrs& attrs, std::vector<ValueId> inputs, const ir::Quant& quant) {
  if (std::ranges::find(inputs, kNoValue) != inputs.end()) return kNoValue;
  const ValueId y = graph_.AddValue({.name = NewName("v"), .quant = quant});
  ir::Node& node = graph_.AddNode(op, graph_.value(y).name, std::move(inputs), {y});
  node.attrs.As<Attrs>() = attrs;
  const Result<std::vector<TensorType>> types = ir::InferNode(graph_, node);
  if (!types.ok() || (*types)[0].shape.CheckedElems().value_or(kMaxElems + 1) > kMaxElems) {
    graph_.nodes.pop_back();
    return kNoValue;
  }
  graph_.values[y].dtype = (*types)[0].dtype;
  graph_.values[y].shape = (*types)[0].shape;
  return y;
}

ValueId Builder::Clamp(ValueId x, float lo, float hi) {
  if (lo == 0 && hi == 6 && Flip()) return Node(ops::ids::kRelu6, ops::OpAttrs(), {x});
  const ValueId low = Scalar(lo);
  const ValueId high = Scalar(hi);
  if (Flip()) return Binary(BinaryKind::kMin, Binary(BinaryKind::kMax, x, low), high);
  return Binary(BinaryKind::kMax, low, Binary(BinaryKind::kMin, x, high));
}

ops::IntList ListOf(const std::vector<int64_t>& numbers) {
  ops::IntList list;
  list.size = static_cast<int32_t>(numbers.size());
  std::ranges::copy(numbers, list.values.begin());
  return list;
}

ValueId Builder::Reshape(ValueId x) {
  const Shape& shape = ShapeOf(x);
  std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  switch (Below(4)) {
    case 0: dims = {1, static_cast<int64_t>(shape.elems())}; break;
    case 1: dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(Below(dims.size() + 1)), 1); break;
    case 2:
      if (dims.size() > 1) {
        dims[1] *= dims[0];
        dims.erase(dims.begin());
      }
      break;
    default:
      if (!dims.empty() && dims.back() % 2 == 0) {
        dims.back() /= 2;
        dims.push_back(2);
      }
      break;
  }
  if (dims.size() > 6) return kNoValue;
  return Node(ops::ids::kReshape, ops::ReshapeAttrs{ListOf(dims)}, {x});
}

ValueId Builder::Transpose(ValueId x) {
  std::vector<int64_t> perm;
  for (int d = 0; d < ShapeOf(x).rank(); ++d) perm.push_back(d);
  if (perm.size() == 4 && Flip()) {
    perm = Flip() ? std::vector<int64_t>{0, 3, 1, 2} : std::vector<int64_t>{0, 2, 3, 1};
  } else if (!perm.empty()) {
    const size_t a = Below(perm.size());
    std::swap(perm[a], perm[Below(perm.size())]);
  }
  return Node(ops::ids::kTranspose, ops::TransposeAttrs{ListOf(perm)}, {x});
}

ValueId Builder::Elementwise() {
  const ValueId x = Any();
  switch (Below(14)) {
    case 0: return Node(ops::ids::kRelu, ops::OpAttrs(), {x});
    case 1: return Node(ops::ids::kRelu6, ops::OpAttrs(), {x});
    case 2: return Node(ops::ids::kLogistic, ops::OpAttrs(), {x});
    case 3: return Unary(UnaryKind::kNeg, x);
    case 4: return Unary(UnaryKind::kAbs, x);
    case 5: return Unary(UnaryKind::kTanh, x);
    case 6: {
      const ValueId y = Any();
      return Add(x, y, static_cast<int32_t>(Below(4)));
    }
    case 7: return Mul(x, Any());
    case 8: return Sub(Flip() ? Scalar(Number()) : Any(), x);
    case 9: {
      const BinaryKind kind = Flip() ? BinaryKind::kMin : BinaryKind::kMax;
      return Binary(kind, x, Flip() ? Scalar(Number()) : Any());
    }
    case 10: return Binary(BinaryKind::kDiv, x, Scalar(Number() + 2.25f));
    case 11: return Binary(BinaryKind::kPow, x, Scalar(static_cast<float>(1 + Below(2))));
    case 12: {
      const float lo = Flip() ? 0.0f : -1.0f;
      return Clamp(x, lo, Flip() ? 6.0f : 1.0f);
    }
    default: return Add(x, Scalar(Flip() ? 0.0f : Number()));
  }
}

ValueId Builder::Movement() {
  const ValueId x = Any();
  const Shape shape = ShapeOf(x);
  const std::vector<int64_t> dims(shape.dims().begin(), shape.dims().end());
  const size_t axis = dims.empty() ? 0 : Below(dims.size());
  if (dims.empty()) return kNoValue;
  switch (Below(8)) {
    case 0:
    case 1: return Reshape(x);
    case 2:
    case 3: return Transpose(x);
    case 4: {
      ops::SliceAttrs a{ListOf(std::vector<int64_t>(dims.size(), 0)), ListOf(dims),
                        ListOf(std::vector<int64_t>(dims.size(), 1))};
      a.starts.values[axis] = static_cast<int64_t>(Below(2));
      a.sizes.values[axis] = std::max<int64_t>(dims[axis] - static_cast<int64_t>(1 + Below(2)), 1);
      return Node(ops::ids::kSlice, a, {x});
    }
    case 5: {
      std::vector<ValueId> parts = {x};
      for (size_t i = Below(3); i > 0; --i) parts.push_back(Any());
      return Node(ops::ids::kConcat, ops::ConcatAttrs{static_cast<int64_t>(axis)}, parts);
    }
    case 6: {
      ops::PadAttrs a{ListOf(std::vector<int64_t>(dims.size(), 0)), ListOf(std::vector<int64_t>(dims.size(), 0))};
      a.before.values[axis] = static_cast<int64_t>(Below(3));
      a.after.values[axis] = static_cast<int64_t>(Below(2));
      return Node(ops::ids::kPad, a, {x});
    }
    default: {
      std::vector<int64_t> wide = dims;
      if (wide[axis] == 1) wide[axis] = static_cast<int64_t>(1 + Below(3));
      return Node(ops::ids::kExpand, ops::ExpandAttrs{ListOf(wide)}, {x});
    }
  }
}

ValueId Builder::Convolution(ValueId x) {
  const int64_t channels = Last(x);
  if (Flip()) {
    x = Node(ops::ids::kPad, ops::PadAttrs{ListOf({0, 1, 0, 0}), ListOf({0, 1, static_cast<int64_t>(Below(2)), 0})},
             {x});
  }
  const auto size = static_cast<int64_t>(1 + Below(3));
  ops::Conv2dAttrs a;
  a.stride_h = a.stride_w = static_cast<int64_t>(1 + Below(2));
  a.pad_top = a.pad_left = static_cast<int64_t>(Below(2));
  const auto outputs = static_cast<int64_t>(1 + Below(5));
  switch (Below(3)) {
    case 0: return Node(ops::ids::kConv2d, a, {x, Weights({outputs, size, size, channels})});
    case 1: {
      a.groups = channels;
      return Node(ops::ids::kConv2d, a, {x, Weights({channels, size, size, 1}), Constant({channels})});
    }
    default: {
      ops::DepthwiseConv2dAttrs d;
      d.stride_h = d.stride_w = a.stride_h;
      d.pad_top = d.pad_left = a.pad_top;
      return Node(ops::ids::kDepthwiseConv2d, d, {x, Constant({1, size, size, channels}), Constant({channels})});
    }
  }
}

// A convolution or pool over one or two dimensions, by its general op.
ValueId Builder::Window(ValueId x) {
  const int dims = ShapeOf(x).rank() - 2;
  if (dims < 1 || dims > 2) return kNoValue;
  const auto list = [&](size_t number) {
    ops::SpatialInts ints;
    ints.size = dims;
    ints.values = {static_cast<int32_t>(number), static_cast<int32_t>(number), static_cast<int32_t>(number)};
    return ints;
  };
  const size_t kernel = 1 + Below(3);
  // A window of padding alone would bring in the lowest number there is.
  const size_t border = std::min<size_t>(kernel, 2);
  const ops::WindowNd window{list(1 + Below(2)), list(1), list(Below(border)), list(Below(border))};
  if (Flip()) {
    std::vector<int64_t> w = {static_cast<int64_t>(1 + Below(4))};
    for (int d = 0; d < dims; ++d) w.push_back(static_cast<int64_t>(kernel));
    w.push_back(Last(x));
    return Node(ops::ids::kConvNd, ops::ConvNdAttrs{window}, {x, Constant(*Shape::FromSpan(w))});
  }
  ops::PoolNdAttrs a{window, list(kernel), static_cast<int32_t>(Below(2)), Flip(), Flip()};
  return Node(ops::ids::kPoolNd, a, {x});
}

ValueId Builder::Layer() {
  const ValueId x = Any();
  const int rank = ShapeOf(x).rank();
  if (rank < 2) return kNoValue;
  ValueId y = kNoValue;
  switch (Below(4)) {
    case 0: y = rank == 4 ? Convolution(x) : Window(x); break;
    case 1: y = Window(x); break;
    case 2: {
      ops::ReduceAttrs a{static_cast<int32_t>(Flip() ? ops::ReduceKind::kMean : ops::ReduceKind::kMax),
                         ListOf(rank == 4 && Flip() ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{-1}), Flip()};
      return Node(ops::ids::kReduce, a, {x});
    }
    default: {
      const bool is_turned = Flip();
      const auto outputs = static_cast<int64_t>(1 + Below(5));
      const Shape w = is_turned ? Shape{outputs, Last(x)} : Shape{Last(x), outputs};
      y = Node(ops::ids::kMatmul, ops::MatmulAttrs{false, is_turned}, {x, Weights(w)});
      break;
    }
  }
  if (y == kNoValue) return y;
  // What a batch normalisation, a bias or an activation leaves behind it.
  if (Flip()) y = Mul(y, Flip() ? Constant({Last(y)}) : Scalar(Number()));
  if (Flip()) y = Flip() ? Add(y, Constant({Last(y)})) : Sub(y, Constant({Last(y)}));
  if (Flip()) y = Node(ops::ids::kRelu, ops::OpAttrs(), {y});
  return y;
}

ValueId Builder::Gate() {
  const ValueId x = Any();
  switch (Below(5)) {
    case 0: return Mul(x, Flip() ? Node(ops::ids::kLogistic, ops::OpAttrs(), {x}) : Unary(UnaryKind::kSigmoid, x));
    case 1: return Mul(x, Unary(UnaryKind::kHardSigmoid, x, 1.0f / 6, 0.5f));
    case 2: {
      const ValueId gate = Flip() ? Clamp(Add(x, Scalar(3)), 0, 6) : Add(x, Scalar(3), ops::kActivationRelu6);
      const ValueId product = Flip() ? Mul(x, gate) : gate;
      return Times(product, 1.0f / 6);
    }
    case 3: return Mul(x, Unary(UnaryKind::kTanh, Unary(UnaryKind::kSoftplus, x)));
    default: {
      const ValueId below = Node(ops::ids::kRelu, ops::OpAttrs(), {Unary(UnaryKind::kNeg, x)});
      const ValueId above = Node(ops::ids::kRelu, ops::OpAttrs(), {x});
      const ValueId scaled = Mul(below, Constant({Last(x)}));
      return Flip() ? Sub(above, scaled) : Add(above, scaled);
    }
  }
}

ValueId Builder::Gelu() {
  const ValueId x = Any();
  ValueId share = kNoValue;
  if (Flip()) {
    share = Unary(UnaryKind::kErf, Times(x, 0.70710678f));
  } else {
    const ValueId cube = Times(Mul(Mul(x, x), x), 0.044715f);
    share = Unary(UnaryKind::kTanh, Times(Add(x, cube), 0.79788456f));
  }
  const ValueId sum = Add(share, Scalar(1));
  return Flip() ? Mul(Times(x, 0.5f), sum) : Times(Mul(x, sum), 0.5f);
}

ValueId Builder::LayerNorm() {
  const ValueId x = Any();
  const ops::ReduceAttrs mean{static_cast<int32_t>(ops::ReduceKind::kMean), ListOf({-1}), true};
  if (ShapeOf(x).rank() < 1) return kNoValue;
  const ValueId average = Node(ops::ids::kReduce, mean, {x});
  const ValueId centred = Sub(x, average);
  const ValueId square = Flip() ? Mul(centred, centred) : Binary(BinaryKind::kPow, centred, Scalar(2));
  const ValueId raised = Add(Node(ops::ids::kReduce, mean, {square}), Scalar(0.125f));
  const ValueId deviation = Unary(UnaryKind::kSqrt, raised);
  if (Flip()) {
    ValueId y =
        Flip() ? Binary(BinaryKind::kDiv, centred, deviation) : Mul(centred, Unary(UnaryKind::kReciprocal, deviation));
    if (Flip()) y = Mul(y, Constant({Last(x)}));
    return Flip() ? Add(y, Constant({Last(x)})) : y;
  }
  const ValueId scale = Constant({Last(x)});
  const ValueId factor = Mul(Unary(UnaryKind::kReciprocal, deviation), scale);
  const ValueId product = Mul(x, factor);
  const ValueId offset = Constant({Last(x)});
  return Add(product, Sub(offset, Mul(average, factor)));
}

// Of a value to itself, or to constant keys.
ValueId Builder::Attention() {
  const ValueId x = Any();
  const int rank = ShapeOf(x).rank();
  if (rank < 2) return kNoValue;
  const bool is_own = Flip(), is_turned = Flip();
  const int64_t keys = is_own ? ShapeOf(x)[rank - 2] : 3;
  ValueId k = is_own ? x : Constant(is_turned ? Shape{keys, Last(x)} : Shape{Last(x), keys});
  if (is_own && !is_turned) {
    std::vector<int64_t> order(static_cast<size_t>(rank));
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    k = Node(ops::ids::kTranspose, ops::TransposeAttrs{ListOf(order)}, {k});
  }
  const ValueId q = Flip() ? Times(x, 0.5f) : x;
  ValueId scores = Node(ops::ids::kMatmul, ops::MatmulAttrs{false, is_turned}, {q, k});
  if (Flip()) scores = Times(scores, 0.5f);
  if (Flip()) scores = Add(scores, Constant({keys}));
  const ValueId shares = Node(ops::ids::kSoftmax, ops::SoftmaxAttrs{}, {scores});
  return Node(ops::ids::kMatmul, ops::MatmulAttrs{}, {shares, is_own ? x : Constant({keys, 4})});
}

// Integers of a graph input, and back: what lies between has to stay the same bits.
ValueId Builder::Quantised() {
  const ValueId x = graph_.inputs[Below(graph_.inputs.size())];
  const ir::Quant quant{{0.03125f}, {3}};
  ValueId q = Node(ops::ids::kQuantize, ops::QuantizeAttrs{}, {x}, quant);
  for (size_t i = Below(3); i > 0 && q != kNoValue; --i) {
    q = Node(ops::ids::kQuantize, ops::QuantizeAttrs{}, {Node(ops::ids::kDequantize, ops::DequantizeAttrs{}, {q})},
             quant);
  }
  return Node(ops::ids::kDequantize, ops::DequantizeAttrs{}, {q});
}

// A node once more.
ValueId Builder::Copy() {
  if (graph_.nodes.empty()) return kNoValue;
  ir::Node node = graph_.nodes[graph_.nodes.size() - 1 - std::min(Below(4), graph_.nodes.size() - 1)];
  ir::Value y = graph_.value(node.outputs[0]);
  y.name = NewName("v");
  node.name = y.name;
  const bool is_float = y.dtype == DType::kF32;
  node.outputs = {graph_.AddValue(std::move(y))};
  const ValueId copy = node.outputs[0];
  graph_.nodes.push_back(std::move(node));
  return is_float ? copy : kNoValue;
}

ValueId Builder::Step() {
  switch (Below(13)) {
    case 0:
    case 1:
    case 2: return Elementwise();
    case 3:
    case 4: return Movement();
    case 5:
    case 6: return Layer();
    case 7: return Gate();
    case 8: return Gelu();
    case 9: return LayerNorm();
    case 10: return Quantised();
    case 11: return Attention();
    default: return Copy();
  }
}

ir::Graph Builder::Build() {
  const std::vector<Shape> shapes = {{1, 4, 5, 4}, {1, 6, 4}, {2, 3, 4}, {1, 1, 1, 4}, {4}, {2, 8}};
  for (size_t i = 1 + Below(2); i > 0; --i) {
    const ValueId x = graph_.AddValue({.name = NewName("x"), .dtype = DType::kF32, .shape = shapes[Below(6)]});
    graph_.inputs.push_back(x);
    values_.push_back(x);
  }
  if (Flip()) {  // memory between runs
    const ValueId x = graph_.AddValue({.name = NewName("h"), .dtype = DType::kF32, .shape = {1, 6, 4}});
    graph_.states.push_back({.input = x});
    values_.push_back(x);
  }
  for (size_t step = 0; step < kMaxSteps && next_ < bytes_.size(); ++step) {
    const ValueId y = Step();
    if (y != kNoValue && graph_.value(y).dtype == DType::kF32) values_.push_back(y);
  }
  graph_.outputs = {values_.back()};
  if (Flip() && Any() != values_.back()) graph_.outputs.push_back(Any());
  for (ir::State& state : graph_.states) {
    const ValueId next = Node(ops::ids::kAdd, ops::AddAttrs{}, {state.input, Any()});
    const bool fits = next != kNoValue && ShapeOf(next) == ShapeOf(state.input);
    state.output = fits ? next : Node(ops::ids::kLogistic, ops::OpAttrs(), {state.input});
  }
  ir::Compact(graph_);
  return std::move(graph_);
}

}  // namespace

ir::Graph RandomGraph(std::span<const uint8_t> bytes) { return Builder(bytes).Build(); }

}  // namespace verge::opt::testing
