#include "import/onnx/margin.h"

#include <algorithm>

#include "ops/concat/concat.h"
#include "ops/gather/gather.h"
#include "ops/gather_nd/gather_nd.h"
#include "ops/op_ids.h"
#include "ops/reduce/reduce.h"
#include "ops/slice/slice.h"
#include "ops/softmax/softmax.h"
#include "ops/transpose/transpose.h"

namespace verge::onnx {
namespace {

using Found = std::optional<Margin>;

struct Context {
  const ir::Graph& graph;
  const Margins& margins;
  const ir::Node& node;
  const Shape& result;

  Found Of(size_t i) const {
    const auto found = i < node.inputs.size() ? margins.find(node.inputs[i]) : margins.end();
    return found == margins.end() ? Found() : found->second;
  }
  const Shape& ShapeOf(size_t i) const { return graph.value(node.inputs[i]).shape; }
};

// The shape rule has checked that it is within the rank.
int AxisOf(int64_t axis, int rank) { return static_cast<int>(axis < 0 ? axis + rank : axis); }

int64_t Product(const Shape& shape, int first, int last) {
  int64_t product = 1;
  for (int d = first; d < last; ++d) product *= shape[d];
  return product;
}

Margin Moved(Margin margin, int dim) {
  margin.dim = dim;
  return margin;
}

// Elementwise and broadcast: each input has the same margin, or stretches over it.
Found Broadcast(const Context& c) {
  Found margin;
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    const Found of = c.Of(i);
    if (!of) continue;
    const Margin moved = Moved(*of, of->dim + c.result.rank() - c.ShapeOf(i).rank());
    if (margin && !(*margin == moved)) return {};
    margin = moved;
  }
  for (size_t i = 0; i < c.node.inputs.size(); ++i) {
    const int dim = margin->dim - (c.result.rank() - c.ShapeOf(i).rank());
    if (!c.Of(i) && dim >= 0 && c.ShapeOf(i)[dim] != 1) return {};
  }
  return margin;
}

// The elements in row-major order stay a prefix, or the dimension stays as it is between the same others.
Found Reshape(const Context& c) {
  const Margin margin = *c.Of(0);
  const Shape& from = c.ShapeOf(0);
  const int64_t outer = Product(from, 0, margin.dim);
  const int64_t inner = Product(from, margin.dim + 1, from.rank());
  for (int d = 0; d < c.result.rank(); ++d) {
    const int64_t elements = Product(c.result, d + 1, c.result.rank());
    if (Product(c.result, 0, d) != outer || (outer != 1 && c.result[d] != from[margin.dim])) continue;
    if (outer == 1 && c.result[d] == 1 && d + 1 < c.result.rank()) continue;  // a later one may fit better
    if (margin.factor * inner % elements == 0) return Margin{d, margin.factor * inner / elements, margin.count};
  }
  return {};
}

Found Gather(const Context& c) {
  const int axis = AxisOf(c.node.attrs.As<ops::GatherAttrs>().axis, c.ShapeOf(0).rank());
  const Found x = c.Of(0);
  const Found indices = c.Of(1);
  if (indices && !x) return Moved(*indices, axis + indices->dim);
  if (!indices && x && x->dim != axis) return Moved(*x, x->dim < axis ? x->dim : x->dim - 1 + c.ShapeOf(1).rank());
  return {};
}

Found GatherNd(const Context& c) {
  const Found indices = c.Of(1);
  if (c.Of(0) || !indices || indices->dim + 1 >= c.ShapeOf(1).rank()) return {};
  return c.node.attrs.As<ops::GatherNdAttrs>().batch_dims == 0 ? indices : Found();
}

Found Slice(const Context& c) {
  const auto& attrs = c.node.attrs.As<ops::SliceAttrs>();
  const Margin margin = *c.Of(0);
  const auto d = static_cast<size_t>(margin.dim);
  const bool whole =
      attrs.starts.values[d] == 0 && attrs.steps.values[d] == 1 && attrs.sizes.values[d] == c.ShapeOf(0)[margin.dim];
  return whole ? Found(margin) : Found();
}

Found Transpose(const Context& c) {
  const ops::IntList& perm = c.node.attrs.As<ops::TransposeAttrs>().perm;
  for (size_t d = 0; d < static_cast<size_t>(perm.size); ++d) {
    if (perm.values[d] == c.Of(0)->dim) return Moved(*c.Of(0), static_cast<int>(d));
  }
  return {};
}

// Side by side along another dimension, all with the same margin.
Found Concat(const Context& c) {
  const Found first = c.Of(0);
  const int axis = AxisOf(c.node.attrs.As<ops::ConcatAttrs>().axis, c.result.rank());
  bool same = first && first->dim != axis;
  for (size_t i = 1; same && i < c.node.inputs.size(); ++i) same = c.Of(i) == first;
  return same ? first : Found();
}

Found Reduce(const Context& c) {
  const auto& attrs = c.node.attrs.As<ops::ReduceAttrs>();
  const Margin margin = *c.Of(0);
  const int rank = c.ShapeOf(0).rank();
  int before = 0;
  for (size_t i = 0; i < static_cast<size_t>(attrs.axes.size); ++i) {
    const int axis = AxisOf(attrs.axes.values[i], rank);
    if (axis == margin.dim) return {};
    before += axis < margin.dim ? 1 : 0;
  }
  if (attrs.axes.size == 0) return {};
  return Moved(margin, attrs.keep_dims ? margin.dim : margin.dim - before);
}

Found Softmax(const Context& c) {
  const int axis = AxisOf(c.node.attrs.As<ops::SoftmaxAttrs>().axis, c.result.rank());
  return axis == c.Of(0)->dim ? Found() : c.Of(0);
}

Found Propagate(const Context& c) {
  switch (c.node.op) {
    case ops::ids::kUnary:
    case ops::ids::kCast:
    case ops::ids::kRelu:
    case ops::ids::kRelu6:
    case ops::ids::kLogistic: return c.Of(0);
    case ops::ids::kAdd:
    case ops::ids::kSub:
    case ops::ids::kMul:
    case ops::ids::kBinary:
    case ops::ids::kCompare:
    case ops::ids::kWhere: return Broadcast(c);
    case ops::ids::kReshape: return Reshape(c);
    case ops::ids::kGather: return Gather(c);
    case ops::ids::kGatherNd: return GatherNd(c);
    case ops::ids::kSlice: return Slice(c);
    case ops::ids::kTranspose: return Transpose(c);
    case ops::ids::kConcat: return Concat(c);
    case ops::ids::kReduce: return Reduce(c);
    case ops::ids::kSoftmax: return Softmax(c);
    default: return {};
  }
}

}  // namespace

Result<std::optional<Margin>> MarginOfResults(const ir::Graph& graph, const Margins& margins, const ir::Node& node,
                                              const std::vector<TensorType>& results, ir::ValueId& blamed) {
  const auto has = [&](ir::ValueId id) { return margins.count(id) != 0; };
  const auto first = std::find_if(node.inputs.begin(), node.inputs.end(), has);
  if (first == node.inputs.end()) return Found();
  blamed = *first;
  const Found margin = results.size() == 1 ? Propagate({graph, margins, node, results[0].shape}) : Found();
  if (margin) return margin;
  return VERGE_ERROR(kUnsupported, "how many elements '" + graph.value(blamed).name + "' has, which " +
                                       ops::GetOp(node.op).name + " looks at together,");
}

}  // namespace verge::onnx
