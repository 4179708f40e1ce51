#include "ops/attention/attention.h"

#include <algorithm>
#include <array>
#include <span>

#include "ops/broadcast.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Shape Leading(const Shape& shape) {
  return *Shape::FromSpan(shape.dims().first(static_cast<size_t>(shape.rank() - 2)));
}

// At most kMaxRank dimensions in all. Takes no memory: kernels call it.
Shape WithTail(const Shape& heads, int64_t rows, int64_t columns) {
  std::array<int64_t, Shape::kMaxRank> dims{};
  const auto count = static_cast<size_t>(heads.rank());
  std::ranges::copy(heads.dims(), dims.begin());
  dims[count] = rows;
  dims[count + 1] = columns;
  return *Shape::FromSpan(std::span(dims).first(count + 2));
}

Status Refuse(const Shape& q, const Shape& k, const Shape& v) {
  return VERGE_ERROR(kInvalidArgument, "queries of shape " + ToString(q) + ", keys of shape " + ToString(k) +
                                           " and values of shape " + ToString(v) + " do not fit together");
}

Status CheckMask(const InferArgs& args, const Shape& scores) {
  if (!HasInput(args, 3)) return Status::Ok();
  VERGE_TRY(CheckInput(args, 3, "mask", {DType::kF32}, kAnyRank));
  const Shape& mask = args.inputs[3].type.shape;
  const std::optional<Shape> together = BroadcastShapes(mask, scores);
  if (together && *together == scores) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(3, "mask") + " of shape " + ToString(mask) +
                                           " does not broadcast to scores of shape " + ToString(scores));
}

}  // namespace

Status InferAttention(const InferArgs& args) {
  constexpr std::array<const char*, 3> kNames = {"q", "k", "v"};
  for (int i = 0; i < 3; ++i) {
    VERGE_TRY(CheckInput(args, i, kNames[static_cast<size_t>(i)], {DType::kF32}, kAnyRank));
  }
  const Shape& q = args.inputs[0].type.shape;
  const Shape& k = args.inputs[1].type.shape;
  const Shape& v = args.inputs[2].type.shape;
  if (q.rank() < 2 || k.rank() < 2 || v.rank() < 2) return Refuse(q, k, v);
  const bool is_transposed = args.attrs.As<AttentionAttrs>().transposed_k;
  const int64_t keys = k[k.rank() - (is_transposed ? 1 : 2)];
  const int64_t depth = k[k.rank() - (is_transposed ? 2 : 1)];
  if (keys < 1 || keys != v[v.rank() - 2] || depth != q[q.rank() - 1]) return Refuse(q, k, v);
  const std::optional<Shape> some = BroadcastShapes(Leading(q), Leading(k));
  const std::optional<Shape> heads = some ? BroadcastShapes(*some, Leading(v)) : std::nullopt;
  if (!heads || heads->rank() + 2 > Shape::kMaxRank) return Refuse(q, k, v);
  VERGE_TRY(CheckMask(args, WithTail(*heads, q[q.rank() - 2], keys)));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = WithTail(*heads, q[q.rank() - 2], v[v.rank() - 1]);
  return Status::Ok();
}

uint64_t MacsAttention(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs) {
  const AttentionShape s =
      AttentionShapeOf(attrs.As<AttentionAttrs>(), inputs[0].shape, inputs[1].shape, inputs[2].shape, outputs[0].shape);
  return s.scores.elems() * static_cast<uint64_t>(s.depth + s.width);
}

AttentionShape AttentionShapeOf(const AttentionAttrs& attrs, const Shape& q, const Shape& k, const Shape& v,
                                const Shape& y) {
  AttentionShape s;
  s.heads = Leading(y);
  s.queries = q[q.rank() - 2];
  s.depth = q[q.rank() - 1];
  s.keys = k[k.rank() - (attrs.transposed_k ? 1 : 2)];
  s.width = v[v.rank() - 1];
  s.scores = WithTail(s.heads, s.queries, s.keys);
  return s;
}

}  // namespace verge::ops
