// Moves of data that move no byte are reshapes, and of reshapes in a row one is enough:
//
//   transpose that moves dimensions of one element only, expand to as many elements, reduce over dimensions of one
//   element                                  -> reshape
//   reshape(reshape(x)), flatten into a fully_connected that takes rows of any shape -> the last alone
//   slice(slice(x))                          -> slice, when all steps are forward
//   concat(..., concat(a, b), ...)           -> concat(..., a, b, ...) along one axis
#include <algorithm>

#include "ops/concat/concat.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "ops/slice/slice.h"
#include "ops/transpose/transpose.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::ValueId;

// Dimensions of more than one element stay in their order.
bool KeepsOrder(const Shape& x, const ops::IntList& perm) {
  int64_t last = -1;
  for (int32_t i = 0; i < perm.size; ++i) {
    const int64_t d = perm.values[static_cast<size_t>(i)];
    if (x[static_cast<int>(d)] == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

bool IsReduceOfOnes(const Rewriter& r, const ir::Node& node) {
  switch (static_cast<ops::ReduceKind>(node.attrs.As<ops::ReduceAttrs>().kind)) {
    case ops::ReduceKind::kSum:
    case ops::ReduceKind::kMean:
    case ops::ReduceKind::kProd:
    case ops::ReduceKind::kMax:
    case ops::ReduceKind::kMin: break;
    default: return false;
  }
  return r.value(node.inputs[0]).shape.elems() == r.value(node.outputs[0]).shape.elems();
}

bool IsReshape(const Rewriter& r, const ir::Node& node) {
  switch (node.op) {
    case ops::ids::kTranspose:
      return KeepsOrder(r.value(node.inputs[0]).shape, node.attrs.As<ops::TransposeAttrs>().perm);
    case ops::ids::kExpand: return r.value(node.inputs[0]).shape.elems() == r.value(node.outputs[0]).shape.elems();
    case ops::ids::kReduce: return IsReduceOfOnes(r, node);
    default: return false;
  }
}

bool HasOneQuant(const Rewriter& r, const ir::Node& node) {
  const QuantView x = r.value(node.inputs[0]).quant.view();
  const QuantView y = r.value(node.outputs[0]).quant.view();
  return x.scales.size() <= 1 && std::ranges::equal(x.scales, y.scales) &&
         std::ranges::equal(x.zero_points, y.zero_points);
}

// The reshape in front of a node that does not care for its input's shape.
const ir::Node* ReshapeBefore(const Rewriter& r, const ir::Node& node) {
  const bool is_free = node.op == ops::ids::kReshape || (node.op == ops::ids::kFullyConnected &&
                                                         !node.attrs.As<ops::FullyConnectedAttrs>().keep_num_dims);
  return is_free ? r.Maker(node.inputs[0], ops::ids::kReshape) : nullptr;
}

bool IsForward(const ops::IntList& steps) {
  return std::all_of(steps.values.begin(), steps.values.begin() + steps.size, [](int64_t step) { return step > 0; });
}

// Element i of the second is element starts2 + i steps2 of the first.
ops::SliceAttrs Compose(const ops::SliceAttrs& first, const ops::SliceAttrs& second) {
  ops::SliceAttrs both = second;
  for (size_t d = 0; d < static_cast<size_t>(second.starts.size); ++d) {
    both.starts.values[d] = first.starts.values[d] + second.starts.values[d] * first.steps.values[d];
    both.steps.values[d] = first.steps.values[d] * second.steps.values[d];
  }
  return both;
}

bool MergeSlice(Rewriter& r, ir::Node& node) {
  const ir::Node* before = r.Maker(node.inputs[0], ops::ids::kSlice);
  if (before == nullptr || !r.IsReadOnce(node.inputs[0])) return false;
  const auto& first = before->attrs.As<ops::SliceAttrs>();
  const auto& second = node.attrs.As<ops::SliceAttrs>();
  if (!IsForward(first.steps) || !IsForward(second.steps)) return false;
  const ir::Node merged = Become(node, ops::ids::kSlice, Compose(first, second), {r.In(*before, 0)});
  if (!r.Fits(merged)) return false;
  r.Note(Label(*before) + " into " + Label(node));
  node = merged;
  return true;
}

int64_t AxisOf(const Rewriter& r, const ir::Node& concat) {
  const int64_t axis = concat.attrs.As<ops::ConcatAttrs>().axis;
  return axis < 0 ? axis + r.value(concat.outputs[0]).shape.rank() : axis;
}

void MergeConcat(Rewriter& r, ir::Node& node) {
  std::vector<ValueId> parts;
  for (const ValueId id : node.inputs) {
    const ir::Node* inner = r.Maker(id, ops::ids::kConcat);
    // Of floats and plain integers: parts of a quantised one would be brought to another scale, in one rounding less.
    const bool joins = inner != nullptr && r.IsReadOnce(id) && r.value(id).quant.scales.empty() &&
                       r.value(node.outputs[0]).quant.scales.empty() && AxisOf(r, *inner) == AxisOf(r, node);
    if (!joins) {
      parts.push_back(id);
      continue;
    }
    for (size_t i = 0; i < inner->inputs.size(); ++i) parts.push_back(r.In(*inner, i));
    r.Note(Label(*inner) + " into " + Label(node));
  }
  node.inputs = std::move(parts);
}

}  // namespace

Result<PassReport> MergeReshapes(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op == ops::ids::kSlice) MergeSlice(r, node);
    if (node.op == ops::ids::kConcat) MergeConcat(r, node);
    if (IsReshape(r, node) && HasOneQuant(r, node)) {
      r.Note(Label(node) + " moves nothing");
      node = ReshapeNode(r.graph(), node.name, node.inputs[0], node.outputs[0]);
    }
    if (const ir::Node* before = ReshapeBefore(r, node)) {
      ir::Node merged = node;
      merged.inputs[0] = r.In(*before, 0);
      if (node.op == ops::ids::kReshape) merged = ReshapeNode(r.graph(), node.name, merged.inputs[0], node.outputs[0]);
      if (HasOneQuant(r, *before) && r.Fits(merged)) {
        r.Note(Label(*before) + " into " + Label(node));
        node = std::move(merged);
      }
    }
    return Status::Ok();
  });
}

}  // namespace verge::opt
