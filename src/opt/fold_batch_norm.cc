// Moves a factor or an offset of each output channel into the layer before it: what a batch normalisation is at
// inference, or a bias that was added apart.
//
//   conv(x, w, b) * s -> conv(x, s w, s b)        conv(x, w, b) + o -> conv(x, w, b + o)
//   conv(x, w, b) - o -> conv(x, w, b - o)        o - conv(x, w, b) -> conv(x, -w, o - b)
//
// for conv2d, depthwise_conv2d, conv_nd, conv_transpose and fully_connected. Only when nobody else reads the layer, its
// weights are f32 constants, and it has no activation yet; s and o hold one number, or one an output channel along the
// last dimension. An activation of the sum or product moves along.
#include "ops/activation.h"
#include "ops/op_ids.h"
#include "opt/activation_field.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

bool IsLayer(ops::OpId op) {
  switch (op) {
    case ops::ids::kConv2d:
    case ops::ids::kDepthwiseConv2d:
    case ops::ids::kConvNd:
    case ops::ids::kConvTranspose:
    case ops::ids::kFullyConnected: return true;
    default: return false;
  }
}

// A layer whose constants can be changed.
bool IsOpen(const Rewriter& r, const ir::Node& node) {
  if (!IsLayer(node.op) || !HasNoActivation(node) || !r.IsFloat(node.outputs[0])) return false;
  if (r.Floats(r.In(node, 1)) == nullptr) return false;
  return r.In(node, 2) == kNoValue || r.Floats(r.In(node, 2)) != nullptr;
}

// One number a channel; empty when the constant does not hold that.
std::vector<float> PerChannel(const Rewriter& r, ValueId id, size_t channels) {
  const float* numbers = r.Floats(id);
  if (numbers == nullptr) return {};
  const Shape& shape = r.value(id).shape;
  if (shape.elems() == 1) return std::vector<float>(channels, numbers[0]);
  if (shape.elems() != channels || static_cast<size_t>(shape[shape.rank() - 1]) != channels) return {};
  return {numbers, numbers + channels};
}

void Scale(Rewriter& r, ir::Node& layer, const std::vector<float>& factor) {
  const ValueId weights = r.In(layer, 1);
  const Shape shape = r.value(weights).shape;
  std::vector<float> scaled(r.Floats(weights), r.Floats(weights) + shape.elems());
  // The output channel is the last dimension of depthwise weights, and the first of all others.
  const bool last = layer.op == ops::ids::kDepthwiseConv2d;
  const size_t run = scaled.size() / factor.size();
  for (size_t i = 0; i < scaled.size(); ++i) scaled[i] *= factor[last ? i % factor.size() : i / run];
  r.SetInput(layer, 1, r.NewFloats(layer.name + ".weights", shape, scaled));
  const ValueId bias = r.In(layer, 2);
  if (bias == kNoValue) return;
  std::vector<float> moved(r.Floats(bias), r.Floats(bias) + factor.size());
  for (size_t i = 0; i < moved.size(); ++i) moved[i] *= factor[i];
  r.SetInput(layer, 2, r.NewFloats(layer.name + ".bias", r.value(bias).shape, moved));
}

void Offset(Rewriter& r, ir::Node& layer, std::vector<float> offset, float sign) {
  const ValueId bias = r.In(layer, 2);
  const float* before = bias == kNoValue ? nullptr : r.Floats(bias);
  for (size_t i = 0; i < offset.size(); ++i) offset[i] = (before == nullptr ? 0.0f : before[i]) + sign * offset[i];
  r.SetInput(layer, 2, r.NewFloats(layer.name + ".bias", {static_cast<int64_t>(offset.size())}, offset));
}

void Fold(Rewriter& r, const ir::Node& node, ir::Node& layer, size_t side, const std::vector<float>& numbers) {
  if (node.op == ops::ids::kMul) return Scale(r, layer, numbers);
  if (node.op == ops::ids::kAdd) return Offset(r, layer, numbers, 1);
  if (side == 0) return Offset(r, layer, numbers, -1);
  Scale(r, layer, std::vector<float>(numbers.size(), -1.0f));
  Offset(r, layer, numbers, 1);
}

bool FoldInto(Rewriter& r, const ir::Node& node, size_t side) {
  const ValueId data = node.inputs[side];
  ir::Node* layer = r.Maker(data);
  if (layer == nullptr || !r.IsReadOnce(data) || !IsOpen(r, *layer)) return false;
  const int32_t activation = *ActivationOf(node);
  if (activation != ops::kNoActivation && !ActivationOf(*layer)) return false;
  const Shape& shape = r.value(data).shape;
  if (!(r.value(node.outputs[0]).shape == shape)) return false;
  const std::vector<float> numbers = PerChannel(r, node.inputs[1 - side], static_cast<size_t>(shape[shape.rank() - 1]));
  if (numbers.empty()) return false;
  r.Note(Label(node) + " into " + Label(*layer));
  Fold(r, node, *layer, side, numbers);
  SetActivation(*layer, activation);
  r.Absorb(node, *layer);
  return true;
}

}  // namespace

Result<PassReport> FoldBatchNorm(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op != ops::ids::kMul && node.op != ops::ids::kAdd && node.op != ops::ids::kSub) return Status::Ok();
    if (!FoldInto(r, node, 0)) FoldInto(r, node, 1);
    return Status::Ok();
  });
}

}  // namespace verge::opt
