// Convolutions and pools over one or two dimensions become the 2-D ops, which have fast kernels; one dimension is an
// image of height 1, put on and taken off by reshapes:
//
//   conv_nd [n, l, c]    -> reshape [n, 1, l, c], conv2d, reshape        conv_nd [n, h, w, c] -> conv2d
//   pool_nd of max and mean likewise -> max_pool2d, avg_pool2d           conv2d of as many groups as channels, one
//   reduce of height and width to their mean or largest -> a pool       output each -> depthwise_conv2d
//   of the whole image
//
// f32 alone. A pool keeps its place when windows are dilated, a window may hold padding alone, its padding counts in a
// mean, or its indices are asked for. `ceil` becomes padding at the end, which no mean counts.
#include <algorithm>

#include "ops/avg_pool2d/avg_pool2d.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv_nd/conv_nd.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/max_pool2d/max_pool2d.h"
#include "ops/op_ids.h"
#include "ops/pool_nd/pool_nd.h"
#include "ops/reduce/reduce.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

// Number i of two, counted from the last: a list of one is the width's, and the height gets `missing`.
int64_t At(const ops::SpatialInts& list, int i, int64_t missing) {
  const int place = i - (2 - list.size);
  return place < 0 ? missing : list.values[static_cast<size_t>(place)];
}

Shape WithHeight(const Shape& shape) {
  if (shape.rank() == 4) return shape;
  return {shape[0], 1, shape[1], shape[2]};
}

// Puts `flat`, which reads inputs[0] and makes outputs[0], between the reshapes that it needs.
void Place(Rewriter& r, ir::Node& node, ir::Node flat) {
  const Shape x = r.value(node.inputs[0]).shape;
  const Shape y = r.value(node.outputs[0]).shape;
  if (x.rank() == 4) {
    node = std::move(flat);
    return;
  }
  const std::string name = node.name;
  const ValueId tall_x = r.NewValue(r.value(node.inputs[0]).name + ".image", DType::kF32, WithHeight(x));
  const ValueId tall_y = r.NewValue(r.value(node.outputs[0]).name + ".image", DType::kF32, WithHeight(y));
  r.Emit(ReshapeNode(r.graph(), r.NewNodeName(name + ".image"), node.inputs[0], tall_x));
  flat.inputs[0] = tall_x;
  flat.outputs[0] = tall_y;
  r.Emit(std::move(flat));
  node = ReshapeNode(r.graph(), r.NewNodeName(name + ".row"), tall_y, node.outputs[0]);
}

// The node without its place: it reads and makes images.
bool IsImageSized(const Rewriter& r, const ir::Node& node) {
  const int rank = r.value(node.inputs[0]).shape.rank();
  return (rank == 3 || rank == 4) && r.IsFloat(node.inputs[0]);
}

template <typename Attrs>
Attrs WindowOf(const ops::WindowNd& window) {
  Attrs a;
  a.stride_h = At(window.strides, 0, 1);
  a.stride_w = At(window.strides, 1, 1);
  a.pad_top = At(window.before, 0, 0);
  a.pad_bottom = At(window.after, 0, 0);
  a.pad_left = At(window.before, 1, 0);
  a.pad_right = At(window.after, 1, 0);
  return a;
}

void FlattenConvolution(Rewriter& r, ir::Node& node) {
  const ir::Value& w = r.value(node.inputs[1]);
  if (!IsImageSized(r, node) || (w.shape.rank() == 3 && !w.is_constant())) return;
  const auto& from = node.attrs.As<ops::ConvNdAttrs>();
  auto attrs = WindowOf<ops::Conv2dAttrs>(from.window);
  attrs.dilation_h = At(from.window.dilations, 0, 1);
  attrs.dilation_w = At(from.window.dilations, 1, 1);
  attrs.groups = from.groups;
  ir::Node flat = Become(node, ops::ids::kConv2d, attrs, node.inputs);
  if (w.shape.rank() == 3) flat.inputs[1] = r.ReshapedConstant(node.inputs[1], {w.shape[0], 1, w.shape[1], w.shape[2]});
  r.Note(Label(node) + " is conv2d");
  Place(r, node, std::move(flat));
}

// More padding at the end of a dimension, so that the window that `ceil` adds is complete.
bool AddCeil(int64_t in, int64_t out, int64_t filter, int64_t stride, int64_t before, int64_t& after) {
  after = std::max(after, (out - 1) * stride + filter - in - before);
  return before < filter && after < filter;
}

void FlattenPool(Rewriter& r, ir::Node& node) {
  const auto& from = node.attrs.As<ops::PoolNdAttrs>();
  const auto kind = static_cast<ops::PoolKind>(from.kind);
  if (!IsImageSized(r, node) || node.outputs.size() != 1 || kind == ops::PoolKind::kLp) return;
  const Shape x = WithHeight(r.value(node.inputs[0]).shape);
  const Shape y = WithHeight(r.value(node.outputs[0]).shape);
  auto a = WindowOf<ops::PoolAttrs>(from.window);
  a.filter_h = At(from.kernel, 0, 1);
  a.filter_w = At(from.kernel, 1, 1);
  const bool has_border = a.pad_top + a.pad_bottom + a.pad_left + a.pad_right > 0;
  if (At(from.window.dilations, 0, 1) != 1 || At(from.window.dilations, 1, 1) != 1) return;
  if (kind == ops::PoolKind::kAvg && from.count_pads && (has_border || from.ceil)) return;
  if (!AddCeil(x[1], y[1], a.filter_h, a.stride_h, a.pad_top, a.pad_bottom)) return;
  if (!AddCeil(x[2], y[2], a.filter_w, a.stride_w, a.pad_left, a.pad_right)) return;
  const ops::OpId op = kind == ops::PoolKind::kMax ? ops::ids::kMaxPool2d : ops::ids::kAvgPool2d;
  r.Note(Label(node) + " is " + ops::GetOp(op).name);
  Place(r, node, Become(node, op, a, node.inputs));
}

// Every channel by itself, one output a channel.
void SeparateChannels(Rewriter& r, ir::Node& node) {
  const auto& from = node.attrs.As<ops::Conv2dAttrs>();
  const ir::Value& w = r.value(node.inputs[1]);
  const float* weights = r.Floats(node.inputs[1]);
  if (from.groups < 2 || weights == nullptr || !r.IsFloat(node.inputs[0]) || w.shape[3] != 1) return;
  const auto channels = static_cast<size_t>(w.shape[0]);
  const size_t area = w.shape.elems() / channels;
  std::vector<float> turned(w.shape.elems());
  for (size_t o = 0; o < channels; ++o) {
    for (size_t p = 0; p < area; ++p) turned[p * channels + o] = weights[o * area + p];
  }
  ops::DepthwiseConv2dAttrs a;
  a.stride_h = from.stride_h;
  a.stride_w = from.stride_w;
  a.dilation_h = from.dilation_h;
  a.dilation_w = from.dilation_w;
  a.pad_top = from.pad_top;
  a.pad_bottom = from.pad_bottom;
  a.pad_left = from.pad_left;
  a.pad_right = from.pad_right;
  a.activation = from.activation;
  const Shape shape = {1, w.shape[1], w.shape[2], w.shape[0]};
  ir::Node separate = Become(node, ops::ids::kDepthwiseConv2d, a, node.inputs);
  separate.inputs[1] = r.NewFloats(w.name + ".separate", shape, turned);
  r.Note(Label(node) + " is depthwise_conv2d");
  node = std::move(separate);
}

// The mean or the largest over height and width of an image.
void PoolWholeImage(Rewriter& r, ir::Node& node) {
  const auto& from = node.attrs.As<ops::ReduceAttrs>();
  const auto kind = static_cast<ops::ReduceKind>(from.kind);
  const bool is_mean = kind == ops::ReduceKind::kMean;
  const Shape x = r.value(node.inputs[0]).shape;
  if ((!is_mean && kind != ops::ReduceKind::kMax) || !r.IsFloat(node.inputs[0]) || x.rank() != 4) return;
  uint32_t axes = 0;
  for (int32_t i = 0; i < from.axes.size; ++i) {
    const int64_t axis = from.axes.values[static_cast<size_t>(i)];
    axes |= 1u << (axis < 0 ? axis + 4 : axis);
  }
  if (axes != 0b0110u || std::max(x[1], x[2]) > ops::kMaxWindow) return;
  ops::PoolAttrs a;
  a.filter_h = x[1];
  a.filter_w = x[2];
  const ops::OpId op = is_mean ? ops::ids::kAvgPool2d : ops::ids::kMaxPool2d;
  r.Note(Label(node) + " is " + ops::GetOp(op).name);
  if (from.keep_dims) {
    node = Become(node, op, a, node.inputs);
    return;
  }
  const ValueId pooled = r.NewValue(r.value(node.outputs[0]).name + ".pooled", DType::kF32, {x[0], 1, 1, x[3]});
  ir::Node pool = Become(node, op, a, node.inputs);
  pool.outputs[0] = pooled;
  const std::string name = r.NewNodeName(node.name + ".flat");
  r.Emit(std::move(pool));
  node = ReshapeNode(r.graph(), name, pooled, node.outputs[0]);
}

}  // namespace

Result<PassReport> Use2d(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    switch (node.op) {
      case ops::ids::kConvNd: FlattenConvolution(r, node); break;
      case ops::ids::kPoolNd: FlattenPool(r, node); break;
      case ops::ids::kConv2d: SeparateChannels(r, node); break;
      case ops::ids::kReduce: PoolWholeImage(r, node); break;
      default: break;
    }
    return Status::Ok();
  });
}

}  // namespace verge::opt
