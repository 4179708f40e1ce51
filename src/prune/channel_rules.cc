// What each operator does to channels: which positions of its inputs, weights and outputs stay or go together.
// Removing a class must be the same as setting to zero what the layers reading it multiply it with; an op that does
// anything else across a dimension locks it.
#include <algorithm>

#include "ops/concat/concat.h"
#include "ops/matmul/matmul.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/reduce/reduce.h"
#include "ops/resize/resize.h"
#include "ops/slice/slice.h"
#include "ops/softmax/softmax.h"
#include "ops/transpose/transpose.h"
#include "prune/channel_labels.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

// One node, and what rules say of it.
class NodeTrace {
 public:
  NodeTrace(const ir::Graph& graph, const ir::Node& node, Labels& labels)
      : graph_(graph), node_(node), labels_(labels), reason_(std::string("op ") + ops::GetOp(node.op).name) {}

  void Run();

 private:
  const ir::Node& node() const { return node_; }
  ValueId in(size_t i) const { return node_.inputs[i]; }
  ValueId out() const { return node_.outputs[0]; }
  bool has(size_t i) const { return i < node_.inputs.size() && node_.inputs[i] != kNoValue; }
  const Shape& shape(ValueId id) const { return graph_.value(id).shape; }
  int rank(ValueId id) const { return shape(id).rank(); }
  Axis axis(ValueId id, int dim) const { return labels_.Of(id, dim < 0 ? dim + rank(id) : dim); }
  bool is_float(ValueId id) const {
    return graph_.value(id).dtype == DType::kF32 && graph_.value(id).quant.scales.empty();
  }

  void LockNode();
  bool RunLayer();
  bool RunShape();
  // Rules that keep every dimension but those of `changed` (bit d) as it is.
  void KeepBut(uint32_t changed);
  void Broadcast(ValueId input, int skipped);
  void Convolution();
  void Depthwise();
  void FullyConnected();
  void Matmul();
  void Concat();
  void Slice();
  void Transpose();
  void Reduce();
  void Resize();
  void Reshape(const std::vector<Axis>& from, const std::vector<Axis>& to);
  void Flatten(std::span<const Axis> many, const Axis& one);

  const ir::Graph& graph_;
  const ir::Node& node_;
  Labels& labels_;
  std::string reason_;
};

void NodeTrace::LockNode() {
  for (const ValueId id : node_.inputs) {
    if (id != kNoValue) labels_.LockAll(id, reason_);
  }
  for (const ValueId id : node_.outputs) labels_.LockAll(id, reason_);
}

void NodeTrace::KeepBut(uint32_t changed) {
  for (int d = 0; d < rank(out()); ++d) {
    if ((changed >> d & 1u) != 0) {
      labels_.Lock(axis(in(0), d), reason_);
      labels_.Lock(axis(out(), d), reason_);
    } else {
      labels_.Tie(axis(in(0), d), axis(out(), d));
    }
  }
}

// Dimensions counted from the last; `skipped` of the last ones are not the op's to broadcast.
void NodeTrace::Broadcast(ValueId input, int skipped) {
  for (int d = -1 - skipped; d >= -rank(input); --d) {
    const Axis from = axis(input, d);
    const Axis to = axis(out(), d);
    if (from.size() == to.size()) labels_.Tie(from, to);  // a stretched dimension has one position, which is locked
  }
}

void NodeTrace::Convolution() {
  const ValueId x = in(0);
  const ValueId w = in(1);
  const int last = rank(x) - 1;
  labels_.Tie(axis(x, 0), axis(out(), 0));
  for (int d = 1; d < last; ++d) {
    labels_.Lock(axis(x, d), reason_);
    labels_.Lock(axis(w, d), reason_);
    labels_.Lock(axis(out(), d), reason_);
  }
  const Axis inputs = axis(w, last);
  const Axis outputs = axis(w, 0);
  const Axis channels = axis(x, last);
  // With groups: every group loses the same positions, so that they stay alike.
  for (size_t c = 0; c < channels.size(); ++c) labels_.Tie(channels[c], inputs[c % inputs.size()]);
  const size_t group_outputs = outputs.size() / (channels.size() / inputs.size());
  for (size_t o = 0; o < outputs.size(); ++o) labels_.Tie(outputs[o], outputs[o % group_outputs]);
  labels_.Tie(outputs, axis(out(), last));
  if (has(2)) labels_.Tie(outputs, axis(in(2), 0));
}

void NodeTrace::Depthwise() {
  const Axis channels = axis(in(0), 3);
  const Axis outputs = axis(in(1), 3);
  labels_.Tie(axis(in(0), 0), axis(out(), 0));
  for (int d = 1; d < 3; ++d) {
    labels_.Lock(axis(in(0), d), reason_);
    labels_.Lock(axis(in(1), d), reason_);
    labels_.Lock(axis(out(), d), reason_);
  }
  const size_t multiplier = outputs.size() / channels.size();
  for (size_t o = 0; o < outputs.size(); ++o) labels_.Tie(channels[o / multiplier], outputs[o]);
  labels_.Tie(outputs, axis(out(), 3));
  if (has(2)) labels_.Tie(outputs, axis(in(2), 0));
}

void NodeTrace::FullyConnected() {
  const Axis inputs = axis(in(1), 1);
  labels_.Tie(axis(in(1), 0), axis(out(), -1));
  if (has(2)) labels_.Tie(axis(in(1), 0), axis(in(2), 0));
  // x is seen as rows of w's inputs: a reshape without a node.
  std::vector<Axis> rows;
  for (int d = 0; d + 1 < rank(out()); ++d) rows.push_back(axis(out(), d));
  rows.push_back(inputs);
  Reshape(labels_.AxesOf(in(0)), rows);
}

void NodeTrace::Matmul() {
  const auto& attrs = node_.attrs.As<ops::MatmulAttrs>();
  const ValueId a = in(0);
  const ValueId b = in(1);
  if (rank(a) < 2 || rank(b) < 2) return LockNode();
  const int a_inner = attrs.transpose_a ? -2 : -1;
  const int b_inner = attrs.transpose_b ? -1 : -2;
  labels_.Tie(axis(a, -3 - a_inner), axis(out(), -2));
  labels_.Tie(axis(b, -3 - b_inner), axis(out(), -1));
  labels_.Tie(axis(a, a_inner), axis(b, b_inner));
  // Of two computed matrices neither can stand for weights that are set to zero.
  if (!graph_.value(a).is_constant() && !graph_.value(b).is_constant()) labels_.Lock(axis(a, a_inner), reason_);
  Broadcast(a, 2);
  Broadcast(b, 2);
}

void NodeTrace::Concat() {
  int64_t along = node_.attrs.As<ops::ConcatAttrs>().axis;
  if (along < 0) along += rank(out());
  const Axis joined = axis(out(), static_cast<int>(along));
  size_t offset = 0;
  for (const ValueId id : node_.inputs) {
    for (int d = 0; d < rank(out()); ++d) {
      const Axis part = axis(id, d);
      if (d != along) {
        labels_.Tie(part, axis(out(), d));
        continue;
      }
      for (size_t i = 0; i < part.size(); ++i) labels_.Tie(part[i], joined[offset + i]);
      offset += part.size();
    }
  }
}

void NodeTrace::Slice() {
  const auto& attrs = node_.attrs.As<ops::SliceAttrs>();
  for (int d = 0; d < rank(out()); ++d) {
    const Axis from = axis(in(0), d);
    const Axis to = axis(out(), d);
    const auto i = static_cast<size_t>(d);
    if (attrs.steps.values[i] != 1) {  // what is left would not be evenly spaced
      labels_.Lock(from, reason_);
      labels_.Lock(to, reason_);
      continue;
    }
    const auto start = static_cast<size_t>(attrs.starts.values[i]);
    for (size_t k = 0; k < to.size(); ++k) labels_.Tie(to[k], from[start + k]);
  }
}

void NodeTrace::Transpose() {
  const auto& perm = node_.attrs.As<ops::TransposeAttrs>().perm;
  for (int d = 0; d < rank(out()); ++d) {
    labels_.Tie(axis(in(0), static_cast<int>(perm.values[static_cast<size_t>(d)])), axis(out(), d));
  }
}

void NodeTrace::Reduce() {
  const auto& attrs = node_.attrs.As<ops::ReduceAttrs>();
  int at = 0;
  for (int d = 0; d < rank(in(0)); ++d) {
    bool is_folded = attrs.axes.size == 0;
    for (int i = 0; i < attrs.axes.size; ++i) {
      const int64_t folded = attrs.axes.values[static_cast<size_t>(i)];
      is_folded = is_folded || folded == d || folded + rank(in(0)) == d;
    }
    if (is_folded) {
      labels_.Lock(axis(in(0), d), reason_);
      at += attrs.keep_dims ? 1 : 0;
    } else {
      labels_.Tie(axis(in(0), d), axis(out(), at++));
    }
  }
}

void NodeTrace::Resize() {
  const auto& attrs = node_.attrs.As<ops::ResizeAttrs>();
  if (static_cast<ops::ResizeCoordinates>(attrs.coordinates) == ops::ResizeCoordinates::kCropAndResize) {
    return LockNode();
  }
  const bool has_scales = has(1);
  if (has_scales && !graph_.value(in(1)).is_constant()) return LockNode();
  uint32_t changed = 0;
  for (int d = 0; d < rank(out()); ++d) {
    const double scale = has_scales ? reinterpret_cast<const double*>(graph_.value(in(1)).constant->data())[d] : 1.0;
    if (shape(in(0))[d] != shape(out())[d] || scale != 1.0) changed |= 1u << d;
  }
  KeepBut(changed);
}

// One dimension that is several: position i of `one` is a position of each of `many`. Whole channels can go from one
// of the several only, the innermost that is free: NHWC has the channels last, and what is further in is often locked
// by the layers before (heights and widths are).
void NodeTrace::Flatten(std::span<const Axis> many, const Axis& one) {
  size_t carrier = many.size() - 1;
  for (size_t d = many.size(); d-- > 0;) {
    const bool is_free = std::any_of(many[d].begin(), many[d].end(), [&](Label l) { return !labels_.IsLocked(l); });
    if (!is_free) continue;
    carrier = d;
    break;
  }
  size_t inner = 1;
  for (size_t d = many.size(); d-- > 0;) {
    if (d != carrier) labels_.Lock(many[d], reason_);
    if (d > carrier) inner *= many[d].size();
  }
  const Axis& carried = many[carrier];
  for (size_t i = 0; i < one.size(); ++i) labels_.Tie(one[i], carried[i / inner % carried.size()]);
}

// Both sides are cut where their elements so far are equally many; sizes of 1 mean nothing.
void NodeTrace::Reshape(const std::vector<Axis>& from_all, const std::vector<Axis>& to_all) {
  std::vector<Axis> from = from_all;
  std::vector<Axis> to = to_all;
  std::erase_if(from, [](const Axis& axis) { return axis.size() == 1; });
  std::erase_if(to, [](const Axis& axis) { return axis.size() == 1; });
  size_t i = 0;
  size_t j = 0;
  while (i < from.size() && j < to.size()) {
    const size_t i_first = i;
    const size_t j_first = j;
    size_t i_elems = from[i++].size();
    size_t j_elems = to[j++].size();
    while (i_elems != j_elems && i_elems > 0 && j_elems > 0) {
      if (i_elems < j_elems) {
        i_elems *= from[i++].size();
      } else {
        j_elems *= to[j++].size();
      }
    }
    const std::span<const Axis> a = std::span<const Axis>(from).subspan(i_first, i - i_first);
    const std::span<const Axis> b = std::span<const Axis>(to).subspan(j_first, j - j_first);
    if (b.size() == 1) {
      Flatten(a, b[0]);
    } else if (a.size() == 1) {
      Flatten(b, a[0]);
    } else {
      for (const Axis& axis : a) labels_.Lock(axis, reason_);
      for (const Axis& axis : b) labels_.Lock(axis, reason_);
    }
  }
}

template <typename Attrs>
uint32_t PaddedDims(const Attrs& attrs) {
  uint32_t padded = 0;
  for (int d = 0; d < attrs.before.size; ++d) {
    const auto i = static_cast<size_t>(d);
    if (attrs.before.values[i] != 0 || attrs.after.values[i] != 0) padded |= 1u << d;
  }
  return padded;
}

bool NodeTrace::RunLayer() {
  switch (node_.op) {
    case ops::ids::kConv2d:
    case ops::ids::kConvNd:
    case ops::ids::kConvTranspose:
    case ops::ids::kDepthwiseConv2d:
    case ops::ids::kFullyConnected:
      if (!graph_.value(in(1)).is_constant()) return false;
      if (node_.op == ops::ids::kDepthwiseConv2d) {
        Depthwise();
      } else if (node_.op == ops::ids::kFullyConnected) {
        FullyConnected();
      } else {
        Convolution();
      }
      return true;
    case ops::ids::kMatmul: Matmul(); return true;
    default: return false;
  }
}

bool NodeTrace::RunShape() {
  const uint32_t middle = ((1u << rank(out())) - 1u) & ~1u & ~(1u << std::max(rank(out()) - 1, 0));
  switch (node_.op) {
    case ops::ids::kAvgPool2d:
    case ops::ids::kMaxPool2d:
    case ops::ids::kResizeBilinear: KeepBut(middle); return true;
    case ops::ids::kPoolNd:
      if (node_.outputs.size() != 1) return false;
      KeepBut(middle);
      return true;
    case ops::ids::kPad: KeepBut(PaddedDims(node_.attrs.As<ops::PadAttrs>())); return true;
    case ops::ids::kPadMode: KeepBut(PaddedDims(node_.attrs.As<ops::PadModeAttrs>())); return true;
    case ops::ids::kSoftmax: {
      const int64_t along = node_.attrs.As<ops::SoftmaxAttrs>().axis;
      KeepBut(1u << (along < 0 ? along + rank(out()) : along));
      return true;
    }
    case ops::ids::kConcat: Concat(); return true;
    case ops::ids::kSlice: Slice(); return true;
    case ops::ids::kTranspose: Transpose(); return true;
    case ops::ids::kReduce: Reduce(); return true;
    case ops::ids::kReshape: Reshape(labels_.AxesOf(in(0)), labels_.AxesOf(out())); return true;
    default: return false;
  }
}

void NodeTrace::Run() {
  const bool floats = std::all_of(node_.outputs.begin(), node_.outputs.end(), [&](ValueId id) { return is_float(id); });
  if (node_.op == ops::ids::kResize && floats && is_float(in(0))) return Resize();
  const bool all =
      std::all_of(node_.inputs.begin(), node_.inputs.end(), [&](ValueId id) { return id == kNoValue || is_float(id); });
  if (!floats || !all || node_.outputs.empty() || node_.inputs.empty()) return LockNode();
  switch (node_.op) {
    case ops::ids::kRelu:
    case ops::ids::kRelu6:
    case ops::ids::kLogistic:
    case ops::ids::kUnary: KeepBut(0); return;
    case ops::ids::kAdd:
    case ops::ids::kSub:
    case ops::ids::kMul:
    case ops::ids::kBinary:
      Broadcast(in(0), 0);
      Broadcast(in(1), 0);
      return;
    default: break;
  }
  if (!RunLayer() && !RunShape()) LockNode();
}

}  // namespace

void TraceGraph(const ir::Graph& graph, Labels& labels) {
  for (const ValueId id : graph.inputs) labels.LockAll(id, "input of the model");
  for (const ir::Node& node : graph.nodes) NodeTrace(graph, node, labels).Run();
  for (const ValueId id : graph.outputs) labels.LockAll(id, "output of the model");
  for (const ir::State& state : graph.states) {
    labels.LockAll(state.input, "state of the model");
    labels.LockAll(state.output, "state of the model");
    if (state.initial != kNoValue) labels.LockAll(state.initial, "state of the model");
  }
  for (const ir::CountedDim& counted : graph.counted) labels.LockAll(counted.count, "output of the model");
}

}  // namespace verge::prune
