// Removes nodes that give back what they get:
//
//   reshape, cast, expand, tile, quantize to the same type; transpose that moves nothing; slice of everything; pad of
//   no width; concat of one; x + 0, x - 0, x * 1, x / 1, x^1; reduce over dimensions of one element that stay relu and
//   relu6 of what is within their bounds already quantize(dequantize(q)) to the type that q has: 8 and 16 bits survive
//   the way through f32
//
// Not where the graph's outputs or inputs need both names.
#include <algorithm>
#include <limits>

#include "ops/activation.h"
#include "ops/binary/binary.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/reduce/reduce.h"
#include "ops/slice/slice.h"
#include "ops/softmax/softmax.h"
#include "ops/tile/tile.h"
#include "ops/transpose/transpose.h"
#include "ops/unary/unary.h"
#include "opt/activation_field.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

using ir::kNoValue;
using ir::ValueId;

bool IsAll(const ops::IntList& list, int64_t wanted) {
  return std::all_of(list.values.begin(), list.values.begin() + list.size, [&](int64_t v) { return v == wanted; });
}

bool MovesNothing(const ops::IntList& perm) {
  for (int32_t d = 0; d < perm.size; ++d) {
    if (perm.values[static_cast<size_t>(d)] != d) return false;
  }
  return true;
}

bool IsAllOf(const Rewriter& r, ValueId id, float wanted) {
  const float* numbers = r.Floats(id);
  return numbers != nullptr &&
         std::all_of(numbers, numbers + r.value(r.Resolve(id)).shape.elems(), [&](float v) { return v == wanted; });
}

// The input that arithmetic with a neutral constant gives back.
ValueId NeutralSide(const Rewriter& r, const ir::Node& node) {
  const auto with = [&](float neutral, bool commutes) {
    if (IsAllOf(r, node.inputs[1], neutral)) return node.inputs[0];
    return commutes && IsAllOf(r, node.inputs[0], neutral) ? node.inputs[1] : kNoValue;
  };
  if (!HasNoActivation(node)) return kNoValue;
  if (node.op == ops::ids::kAdd) return with(0, true);
  if (node.op == ops::ids::kSub) return with(0, false);
  if (node.op == ops::ids::kMul) return with(1, true);
  switch (static_cast<ops::BinaryKind>(node.attrs.As<ops::BinaryAttrs>().kind)) {
    case ops::BinaryKind::kDiv:
    case ops::BinaryKind::kPow: return with(1, false);
    default: return kNoValue;
  }
}

// Bounds that f32 values of a node are within, whatever it reads.
ops::ActivationRange RangeOf(const ir::Node& node) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  if (node.op == ops::ids::kRelu) return {0, kInfinity};
  if (node.op == ops::ids::kRelu6) return {0, 6};
  if (node.op == ops::ids::kLogistic) return {0, 1};
  if (node.op == ops::ids::kSoftmax) {
    const auto kind = static_cast<ops::SoftmaxKind>(node.attrs.As<ops::SoftmaxAttrs>().kind);
    if (kind != ops::SoftmaxKind::kLogSoftmax) return {0, 1};
  }
  if (node.op == ops::ids::kUnary) {
    const auto kind = static_cast<ops::UnaryKind>(node.attrs.As<ops::UnaryAttrs>().kind);
    if (kind == ops::UnaryKind::kAbs || kind == ops::UnaryKind::kExp) return {0, kInfinity};
    if (kind == ops::UnaryKind::kHardSigmoid || kind == ops::UnaryKind::kSigmoid) return {0, 1};
  }
  return ops::RangeOf(ActivationOf(node).value_or(ops::kNoActivation));
}

bool IsWithin(const Rewriter& r, ValueId id, int32_t activation) {
  const ir::Node* maker = r.Maker(id);
  if (maker == nullptr || !r.IsFloat(id)) return false;
  const ops::ActivationRange has = RangeOf(*maker);
  const ops::ActivationRange wanted = ops::RangeOf(activation);
  return has.lo >= wanted.lo && has.hi <= wanted.hi;
}

bool IsWholeSlice(const ops::SliceAttrs& a) { return IsAll(a.starts, 0) && IsAll(a.steps, 1); }

// Every folded dimension has one element and stays, and one element is its own sum, mean, product, largest, smallest.
bool ReducesNothing(const ops::ReduceAttrs& a) {
  switch (static_cast<ops::ReduceKind>(a.kind)) {
    case ops::ReduceKind::kSum:
    case ops::ReduceKind::kMean:
    case ops::ReduceKind::kProd:
    case ops::ReduceKind::kMax:
    case ops::ReduceKind::kMin: return true;
    default: return false;
  }
}

// What the node gives back when input and output have one type; kNoValue when it computes something.
ValueId KeptOf(const Rewriter& r, const ir::Node& node) {
  const ValueId x = node.inputs.empty() ? kNoValue : node.inputs[0];
  const auto when = [&](bool is_identity) { return is_identity ? x : kNoValue; };
  switch (node.op) {
    case ops::ids::kReshape:
    case ops::ids::kCast:
    case ops::ids::kExpand: return x;
    case ops::ids::kTile: return when(IsAll(node.attrs.As<ops::TileAttrs>().repeats, 1));
    case ops::ids::kTranspose: return when(MovesNothing(node.attrs.As<ops::TransposeAttrs>().perm));
    case ops::ids::kSlice: return when(IsWholeSlice(node.attrs.As<ops::SliceAttrs>()));
    case ops::ids::kPad: return x;  // of one shape before and after: it has no width
    case ops::ids::kPadMode: {
      const auto& a = node.attrs.As<ops::PadModeAttrs>();
      return when(IsAll(a.before, 0) && IsAll(a.after, 0));
    }
    case ops::ids::kConcat: return when(node.inputs.size() == 1);
    case ops::ids::kReduce: return when(ReducesNothing(node.attrs.As<ops::ReduceAttrs>()));
    case ops::ids::kRelu: return when(IsWithin(r, x, ops::kActivationRelu));
    case ops::ids::kRelu6: return when(IsWithin(r, x, ops::kActivationRelu6));
    case ops::ids::kAdd:
    case ops::ids::kSub:
    case ops::ids::kMul:
    case ops::ids::kBinary: return NeutralSide(r, node);
    case ops::ids::kQuantize: {
      if (!r.IsFloat(x)) return x;  // from integers to the same ones
      const ir::Node* dequantize = r.Maker(x, ops::ids::kDequantize);
      return dequantize == nullptr ? kNoValue : r.In(*dequantize, 0);
    }
    default: return kNoValue;
  }
}

}  // namespace

Result<PassReport> RemoveIdentities(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& node) {
    const ValueId kept = KeptOf(r, node);
    if (kept != kNoValue && r.Forward(node, kept)) r.Note(Label(node));
    return Status::Ok();
  });
}

}  // namespace verge::opt
