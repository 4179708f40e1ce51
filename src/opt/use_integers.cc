#include "opt/use_integers.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "ops/byte_grid.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

constexpr int32_t kMostSteps = 127;    // of 8 bits, symmetrical
constexpr double kMostBias = 1 << 30;  // steps: leaves room for the products
constexpr int32_t kMiddleOfUnsigned = 128;

bool IsByte(DType dtype) { return dtype == DType::kI8 || dtype == DType::kU8; }

// Quantised as a whole, in 8 bits.
bool IsQuantisedByte(const ir::Value& v) { return IsByte(v.dtype) && v.quant.scales.size() == 1; }

bool HasSameQuant(const ir::Value& a, const ir::Value& b) {
  return a.dtype == b.dtype && a.quant.scales == b.quant.scales && a.quant.zero_points == b.quant.zero_points;
}

// The 8-bit value that `id` is the real form of; kNoValue when it is none, or of another type than `dtype`.
ValueId IntegersOf(const Rewriter& r, ValueId id, DType dtype) {
  const ir::Node* node = id == kNoValue ? nullptr : r.Maker(id, ops::ids::kDequantize);
  if (node == nullptr) return kNoValue;
  const ValueId x = r.In(*node, 0);
  return IsQuantisedByte(r.value(x)) && r.value(x).dtype == dtype ? x : kNoValue;
}

struct Weights {
  std::vector<float> scales;
  std::vector<int8_t> integers;  // in the order of the constant
};

// Where the numbers of an output channel lie in the weights: `stride` apart.
struct Channels {
  size_t count = 0, size = 0, step_of_channel = 0, stride = 0;
};

std::optional<Channels> ChannelsOf(const ir::Node& layer, const Shape& w) {
  if (w.rank() == 0 || w.elems() == 0) return std::nullopt;
  if (layer.op == ops::ids::kConv2d || layer.op == ops::ids::kFullyConnected) {
    const auto count = static_cast<size_t>(w[0]);
    return Channels{count, w.elems() / count, w.elems() / count, 1};
  }
  if (layer.op == ops::ids::kDepthwiseConv2d) {
    const auto count = static_cast<size_t>(w[w.rank() - 1]);
    return Channels{count, w.elems() / count, 1, count};
  }
  return std::nullopt;
}

std::optional<Weights> WeightsOf(const float* w, const Channels& c, bool is_whole) {
  Weights out;
  out.integers.resize(c.count * c.size);
  std::vector<float> numbers(is_whole ? c.count * c.size : c.size);
  double step = 0;
  if (is_whole) {
    std::copy_n(w, numbers.size(), numbers.begin());
    step = ops::ByteGridStep(numbers, kMostSteps);
    out.scales = {static_cast<float>(step)};
    if (step == 0) return std::nullopt;
  }
  for (size_t o = 0; o < c.count; ++o) {
    const auto at = [&](size_t i) { return o * c.step_of_channel + i * c.stride; };
    if (!is_whole) {
      for (size_t i = 0; i < c.size; ++i) numbers[i] = w[at(i)];
      step = ops::ByteGridStep(numbers, kMostSteps);
      if (step == 0) return std::nullopt;
      out.scales.push_back(static_cast<float>(step));
    }
    for (size_t i = 0; i < c.size; ++i) {
      out.integers[at(i)] = static_cast<int8_t>(std::lround(static_cast<double>(w[at(i)]) / step));
    }
  }
  return out;
}

// The bias in steps of the products; kNoValue when it is too large for 32 bits.
ValueId BiasOf(Rewriter& r, ValueId bias, double x_scale, const Weights& weights) {
  const float* numbers = r.Floats(bias);
  const ir::Value old = r.value(bias);
  std::vector<int32_t> steps(old.shape.elems());
  for (size_t i = 0; i < steps.size(); ++i) {
    const double scale = x_scale * static_cast<double>(weights.scales[weights.scales.size() == 1 ? 0 : i]);
    const double whole = static_cast<double>(numbers[i]) / scale;
    if (!(std::abs(whole) <= kMostBias)) return kNoValue;
    steps[i] = static_cast<int32_t>(std::lround(whole));
  }
  return r.NewConstant(old.name + ".integers", DType::kI32, old.shape, {}, steps.data());
}

ValueId IntegerWeights(Rewriter& r, ValueId w, DType dtype, const Channels& channels, const Weights& weights,
                       int axis) {
  const ir::Value old = r.value(w);
  const bool is_whole = weights.scales.size() == 1 && channels.count != 1;
  ir::Quant quant{weights.scales, std::vector<int32_t>(weights.scales.size(), 0), is_whole ? 0 : axis};
  std::vector<int8_t> bytes = weights.integers;
  if (dtype == DType::kU8) {
    quant.zero_points.assign(1, kMiddleOfUnsigned);
    for (int8_t& byte : bytes) byte = static_cast<int8_t>(static_cast<uint8_t>(byte) ^ 0x80U);
  }
  return r.NewConstant(old.name + ".integers", dtype, old.shape, quant, bytes.data());
}

// `node` quantises the result of `layer`.
std::optional<ir::Node> FuseLayer(Rewriter& r, const ir::Node& node, const ir::Node& layer) {
  const DType dtype = r.value(node.outputs[0]).dtype;
  const ValueId x = IntegersOf(r, r.In(layer, 0), dtype);
  const ValueId w = r.In(layer, 1);
  const ValueId b = layer.inputs.size() > 2 ? r.In(layer, 2) : kNoValue;
  if (x == kNoValue || r.Floats(w) == nullptr || (b != kNoValue && r.Floats(b) == nullptr)) return std::nullopt;
  const std::optional<Channels> channels = ChannelsOf(layer, r.value(w).shape);
  if (!channels) return std::nullopt;
  const std::optional<Weights> weights = WeightsOf(r.Floats(w), *channels, dtype == DType::kU8);
  if (!weights) return std::nullopt;
  const int axis = layer.op == ops::ids::kDepthwiseConv2d ? r.value(w).shape.rank() - 1 : 0;
  ir::Node fused = MakeNode(layer.op, node.name, {}, node.outputs);
  fused.attrs = layer.attrs;
  const double x_scale = static_cast<double>(r.value(x).quant.scales[0]);
  ValueId bias = kNoValue;
  if (b != kNoValue) {
    bias = BiasOf(r, b, x_scale, *weights);
    if (bias == kNoValue) return std::nullopt;
  }
  fused.inputs = {x, IntegerWeights(r, w, dtype, *channels, *weights, axis)};
  if (b != kNoValue) fused.inputs.push_back(bias);
  return fused;
}

// Ops whose integer form computes what the real one does, but for rounding.
bool HasIntegerForm(const ir::Node& node) {
  switch (node.op) {
    case ops::ids::kAdd:
    case ops::ids::kSub:
    case ops::ids::kMul:
    case ops::ids::kConcat:
    case ops::ids::kLogistic: return true;
    case ops::ids::kReduce:
      return node.attrs.As<ops::ReduceAttrs>().kind == static_cast<int32_t>(ops::ReduceKind::kMean);
    default: return false;
  }
}

// Ops that give back numbers that they are given, or that lie between: of one quantisation on both sides.
bool KeepsQuant(ops::OpId op) {
  switch (op) {
    case ops::ids::kAvgPool2d:
    case ops::ids::kResizeBilinear:
    case ops::ids::kMaxPool2d:
    case ops::ids::kReshape:
    case ops::ids::kTranspose:
    case ops::ids::kSlice: return true;
    default: return false;
  }
}

std::optional<ir::Node> FuseOther(const Rewriter& r, const ir::Node& node, const ir::Node& op) {
  const ir::Value& y = r.value(node.outputs[0]);
  if (!HasIntegerForm(op) && !KeepsQuant(op.op)) return std::nullopt;
  ir::Node fused = MakeNode(op.op, node.name, {}, node.outputs);
  fused.attrs = op.attrs;
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    const ValueId x = IntegersOf(r, r.In(op, i), y.dtype);
    if (x == kNoValue || (KeepsQuant(op.op) && !HasSameQuant(r.value(x), y))) return std::nullopt;
    fused.inputs.push_back(x);
  }
  return fused;
}

Status Visit(Rewriter& r, ir::Node& node) {
  if (node.op != ops::ids::kQuantize || !IsQuantisedByte(r.value(node.outputs[0]))) return Status::Ok();
  const ValueId real = r.In(node, 0);
  const ir::Node* maker = r.Maker(real);
  if (!r.IsFloat(real) || maker == nullptr || maker->outputs.size() != 1) return Status::Ok();
  if (!r.IsReadOnce(real)) return Status::Ok();
  const ir::Node before = *maker;  // new constants may move the nodes
  std::optional<ir::Node> fused = FuseLayer(r, node, before);
  if (!fused) fused = FuseOther(r, node, before);
  if (!fused || !r.Fits(*fused)) return Status::Ok();
  r.Note(Label(before) + " in integers");
  node = std::move(*fused);
  return Status::Ok();
}

}  // namespace

Result<PassReport> UseIntegers(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) { return Visit(r, node); });
}

}  // namespace verge::opt
