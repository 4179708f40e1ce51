// Moves reshapes behind elementwise nodes, where they meet other reshapes and cancel, and where a layer meets the
// activation that belongs to it:
//
//   f(reshape(x))                 -> reshape(f(x))            f of one input: relu, logistic, unary, cast ...
//   reshape(a) + c                -> reshape(a + c)           c one number, or one an index of a last dimension that
//   the
//                                                            reshape keeps
//   reshape(a) + reshape(b)       -> reshape(a + b)           a and b of one shape; and sub, mul, binary likewise
//
// Only reshapes that nobody else reads move.
#include "ops/op_ids.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

bool IsUnary(ops::OpId op) {
  switch (op) {
    case ops::ids::kRelu:
    case ops::ids::kRelu6:
    case ops::ids::kLogistic:
    case ops::ids::kUnary:
    case ops::ids::kCast:
    case ops::ids::kDequantize:
    case ops::ids::kQuantize: return true;
    default: return false;
  }
}

bool IsBinary(ops::OpId op) {
  return op == ops::ids::kAdd || op == ops::ids::kSub || op == ops::ids::kMul || op == ops::ids::kBinary;
}

bool HasOneScale(const Rewriter& r, ValueId id) { return r.value(id).quant.scales.size() <= 1; }

// What is read by the reshape that makes the value and can move; kNoValue when none does.
ValueId SourceOf(const Rewriter& r, ValueId id) {
  const ir::Node* reshape = r.Maker(id, ops::ids::kReshape);
  if (reshape == nullptr || !r.IsReadOnce(id)) return kNoValue;
  const ValueId source = r.In(*reshape, 0);
  return HasOneScale(r, source) && HasOneScale(r, id) ? source : kNoValue;
}

// A constant that means the same next to the source: one number, or one an index of the last dimension of both.
bool FitsBoth(const Rewriter& r, ValueId constant, const Shape& source, const Shape& reshaped) {
  const ir::Value& c = r.value(constant);
  if (!c.is_constant()) return false;
  const int rank = c.shape.rank();
  // Of the result's shape it must not decide: a [1, 1, 1, 1] would add dimensions.
  if (rank > reshaped.rank() || rank > source.rank()) return false;
  if (c.shape.elems() == 1) return true;
  const int64_t last = c.shape[rank - 1];
  return c.shape.elems() == static_cast<size_t>(last) && source.rank() > 0 && reshaped.rank() > 0 &&
         source[source.rank() - 1] == last && reshaped[reshaped.rank() - 1] == last;
}

// The node's inputs with the reshapes taken away; empty when it cannot move.
std::vector<ValueId> Sources(const Rewriter& r, const ir::Node& node) {
  if (IsUnary(node.op)) {
    const ValueId source = SourceOf(r, node.inputs[0]);
    return source == kNoValue ? std::vector<ValueId>() : std::vector<ValueId>{source};
  }
  if (!IsBinary(node.op)) return {};
  const ValueId a = SourceOf(r, node.inputs[0]);
  const ValueId b = SourceOf(r, node.inputs[1]);
  if (a != kNoValue && b != kNoValue) {
    const bool is_one_shape =
        r.value(a).shape == r.value(b).shape && r.value(node.inputs[0]).shape == r.value(node.inputs[1]).shape;
    return is_one_shape ? std::vector<ValueId>{a, b} : std::vector<ValueId>();
  }
  const size_t side = a != kNoValue ? 0 : 1;
  const ValueId source = side == 0 ? a : b;
  if (source == kNoValue) return {};
  const ValueId other = node.inputs[1 - side];
  if (!FitsBoth(r, other, r.value(source).shape, r.value(node.inputs[side]).shape)) return {};
  return side == 0 ? std::vector<ValueId>{source, other} : std::vector<ValueId>{other, source};
}

}  // namespace

Result<PassReport> SinkReshapes(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    if (node.outputs.size() != 1 || !HasOneScale(r, node.outputs[0])) return Status::Ok();
    std::vector<ValueId> sources = Sources(r, node);
    if (sources.empty()) return Status::Ok();
    // The shape that f gives is that of its reshaped input, which stands here.
    const ir::Value y = r.value(node.outputs[0]);
    const bool first = SourceOf(r, node.inputs[0]) != kNoValue;
    if (!(y.shape == r.value(node.inputs[first ? 0 : 1]).shape)) return Status::Ok();
    const Shape shape = r.value(first ? sources[0] : sources[1]).shape;
    ir::Node moved = node;
    moved.inputs = std::move(sources);
    moved.outputs[0] = r.NewValue(y.name + ".before", y.dtype, shape, y.quant);
    if (!r.Fits(moved)) return Status::Ok();
    r.Note("reshape behind " + Label(node));
    ir::Node reshape = ReshapeNode(r.graph(), r.NewNodeName(node.name + ".reshape"), moved.outputs[0], node.outputs[0]);
    r.Emit(std::move(moved));
    node = std::move(reshape);
    return Status::Ok();
  });
}

}  // namespace verge::opt
