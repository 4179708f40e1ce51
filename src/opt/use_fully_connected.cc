// matmul(x, w) with a constant matrix w -> fully_connected, which has fast kernels and takes a bias: rows of x times w.
//
// f32, x not transposed, w one matrix: it has leading dimensions of 1 at most. w is turned once, here. A constant on
// the left is another product and stays.
#include "ops/fully_connected/fully_connected.h"
#include "ops/matmul/matmul.h"
#include "ops/op_ids.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::ValueId;

// [.., k, n] -> [n, k]
ValueId Turned(Rewriter& r, ValueId w, size_t k, size_t n) {
  const float* from = r.Floats(w);
  std::vector<float> turned(k * n);
  for (size_t i = 0; i < k; ++i) {
    for (size_t o = 0; o < n; ++o) turned[o * k + i] = from[i * n + o];
  }
  return r.NewFloats(r.value(w).name + ".turned", {static_cast<int64_t>(n), static_cast<int64_t>(k)}, turned);
}

std::optional<ir::Node> FullyConnectedNode(Rewriter& r, const ir::Node& node) {
  const auto& from = node.attrs.As<ops::MatmulAttrs>();
  const ValueId w = node.inputs[1];
  if (from.transpose_a || !r.IsFloat(node.inputs[0]) || r.Floats(w) == nullptr) return std::nullopt;
  const Shape shape = r.value(w).shape;
  const int rank = shape.rank();
  const int64_t rows = shape[rank - 2];
  const int64_t columns = shape[rank - 1];
  if (shape.elems() != static_cast<size_t>(rows * columns) || rank > r.value(node.inputs[0]).shape.rank()) {
    return std::nullopt;
  }
  ValueId weights = w;
  if (!from.transpose_b) {
    weights = Turned(r, w, static_cast<size_t>(rows), static_cast<size_t>(columns));
  } else if (rank != 2) {
    weights = r.ReshapedConstant(w, {rows, columns});
  }
  ops::FullyConnectedAttrs attrs;
  attrs.keep_num_dims = true;
  return Become(node, ops::ids::kFullyConnected, attrs, {node.inputs[0], weights});
}

}  // namespace

Result<PassReport> UseFullyConnected(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.op != ops::ids::kMatmul) return Status::Ok();
    std::optional<ir::Node> layer = FullyConnectedNode(r, node);
    if (!layer || !r.Fits(*layer)) return Status::Ok();
    r.Note(Label(node));
    node = std::move(*layer);
    return Status::Ok();
  });
}

}  // namespace verge::opt
