// Takes channels out of a graph: constants lose slices, attributes that name sizes follow, types are inferred anew.
#include <cstring>

#include "ir/verify.h"
#include "ops/nd_walk.h"
#include "ops/op_ids.h"
#include "ops/reshape/reshape.h"
#include "ops/resize/resize.h"
#include "ops/slice/slice.h"
#include "prune/channel_sets.h"

namespace verge::prune {
namespace {

using ir::kNoValue;
using ir::ValueId;

int64_t CountKept(const std::vector<bool>& removed, int64_t begin, int64_t end) {
  int64_t kept = 0;
  for (int64_t i = begin; i < end; ++i) kept += removed.empty() || !removed[static_cast<size_t>(i)] ? 1 : 0;
  return kept;
}

Shape KeptShape(const Shape& shape, const std::vector<std::vector<bool>>& removed) {
  Shape kept = shape;
  for (int d = 0; d < shape.rank(); ++d) kept.set(d, CountKept(removed[static_cast<size_t>(d)], 0, shape[d]));
  return kept;
}

bool IsRemoved(const std::vector<std::vector<bool>>& removed, const std::array<int64_t, Shape::kMaxRank>& position) {
  for (size_t d = 0; d < removed.size(); ++d) {
    if (!removed[d].empty() && removed[d][static_cast<size_t>(position[d])]) return true;
  }
  return false;
}

void ShrinkConstant(ir::Value& value, const std::vector<std::vector<bool>>& removed) {
  const Shape kept = KeptShape(value.shape, removed);
  if (kept == value.shape) return;
  const size_t element = DTypeBytes(value.dtype);
  const auto buffer = ir::Buffer::Allocate(kept.elems() * element);
  std::byte* to = buffer->mutable_data();
  ops::NdWalk<1> walk(value.shape, {ops::RowMajorStrides(value.shape)});
  const size_t elems = value.shape.elems();
  for (size_t i = 0; i < elems; ++i, walk.Next()) {
    if (IsRemoved(removed, walk.position())) continue;
    std::memcpy(to, value.constant->data() + i * element, element);
    to += element;
  }
  value.shape = kept;
  value.constant = buffer;
}

void SetInts(ops::IntList& list, const Shape& shape) {
  list.size = shape.rank();
  for (int d = 0; d < shape.rank(); ++d) list.values[static_cast<size_t>(d)] = shape[d];
}

void FixAttributes(ir::Node& node, const Removal& removal, const std::vector<Shape>& wanted) {
  const Shape& out = wanted[node.outputs[0]];
  if (node.op == ops::ids::kReshape) SetInts(node.attrs.As<ops::ReshapeAttrs>().shape, out);
  if (node.op == ops::ids::kResize) SetInts(node.attrs.As<ops::ResizeAttrs>().sizes, out);
  if (node.op == ops::ids::kSlice) {
    auto& attrs = node.attrs.As<ops::SliceAttrs>();
    for (int d = 0; d < out.rank(); ++d) {
      const auto i = static_cast<size_t>(d);
      const std::vector<bool>& removed = removal[node.inputs[0]][i];
      if (!removed.empty()) attrs.starts.values[i] = CountKept(removed, 0, attrs.starts.values[i]);
    }
    SetInts(attrs.sizes, out);
  }
}

bool Loses(const std::vector<std::vector<bool>>& removed) {
  for (const std::vector<bool>& dim : removed) {
    if (!dim.empty()) return true;
  }
  return false;
}

}  // namespace

Removal NoRemoval(const ir::Graph& graph) {
  Removal removal(graph.values.size());
  for (size_t v = 0; v < removal.size(); ++v) removal[v].resize(static_cast<size_t>(graph.values[v].shape.rank()));
  return removal;
}

void Remove(const ir::Graph& graph, const ChannelClass& channels, Removal& removal) {
  for (const Place& place : channels.places) {
    std::vector<bool>& removed = removal[place.value][static_cast<size_t>(place.dim)];
    removed.resize(static_cast<size_t>(graph.value(place.value).shape[place.dim]), false);
    removed[static_cast<size_t>(place.index)] = true;
  }
}

Status RemoveChannels(ir::Graph& graph, const Removal& removal, const std::vector<ValueId>& originals) {
  // Biases of wanted types are looked at before anything changes: a copy that loses nothing is its original.
  for (ir::Node& node : graph.nodes) {
    for (ValueId& id : node.inputs) {
      if (id != kNoValue && originals[id] != id && !Loses(removal[id]) && !Loses(removal[originals[id]])) {
        id = originals[id];
      }
    }
  }
  std::vector<Shape> wanted;
  for (size_t v = 0; v < graph.values.size(); ++v) wanted.push_back(KeptShape(graph.values[v].shape, removal[v]));
  for (ir::Node& node : graph.nodes) {
    if (!node.outputs.empty()) FixAttributes(node, removal, wanted);
  }
  for (size_t v = 0; v < graph.values.size(); ++v) {
    if (graph.values[v].is_constant()) ShrinkConstant(graph.values[v], removal[v]);
  }
  VERGE_TRY(ir::InferTypes(graph));
  for (size_t v = 0; v < graph.values.size(); ++v) {
    if (graph.values[v].shape == wanted[v]) continue;
    return VERGE_ERROR(kInternal, "without its removed channels '" + graph.values[v].name + "' was to be " +
                                      ToString(wanted[v]) + " and is " + ToString(graph.values[v].shape));
  }
  ir::Compact(graph);
  return ir::Verify(graph);
}

}  // namespace verge::prune
