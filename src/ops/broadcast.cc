#include "ops/broadcast.h"

#include <algorithm>

#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// Dimension `d` of `shape` aligned to the end of a tensor of `rank` dimensions.
int64_t AlignedDim(const Shape& shape, int rank, int d) {
  const int own = d - (rank - shape.rank());
  return own < 0 ? 1 : shape[own];
}

}  // namespace

std::optional<Shape> BroadcastShapes(const Shape& a, const Shape& b) {
  const int rank = std::max(a.rank(), b.rank());
  std::array<int64_t, Shape::kMaxRank> dims{};
  for (int d = 0; d < rank; ++d) {
    const int64_t da = AlignedDim(a, rank, d);
    const int64_t db = AlignedDim(b, rank, d);
    if (da != db && da != 1 && db != 1) return std::nullopt;
    dims[static_cast<size_t>(d)] = da == 1 ? db : da;
  }
  return Shape::FromSpan({dims.data(), static_cast<size_t>(rank)});
}

std::array<int64_t, Shape::kMaxRank> BroadcastStrides(const Shape& in, const Shape& out) {
  std::array<int64_t, Shape::kMaxRank> strides{};
  int64_t stride = 1;
  for (int d = out.rank() - 1; d >= 0; --d) {
    const int64_t size = AlignedDim(in, out.rank(), d);
    strides[static_cast<size_t>(d)] = size == 1 ? 0 : stride;
    stride *= size;
  }
  return strides;
}

Strides MatrixStrides(const Shape& in, const Shape& batch) {
  Strides strides{};
  const Strides own = RowMajorStrides(in);
  for (int d = 0; d < batch.rank(); ++d) {
    const int at = d - (batch.rank() - (in.rank() - 2));
    strides[static_cast<size_t>(d)] = at < 0 || in[at] == 1 ? 0 : own[static_cast<size_t>(at)];
  }
  return strides;
}

Status RefuseBroadcast(const Shape& a, const Shape& b) {
  return VERGE_ERROR(kInvalidArgument, "inputs of shape " + ToString(a) + " and " + ToString(b) +
                                           " do not broadcast: dimensions must be equal or 1");
}

Status InferBinary(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "a", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, kAnyRank));
  VERGE_TRY(CheckInput(args, 1, "b", {args.inputs[0].type.dtype}, kAnyRank));
  const Shape& a = args.inputs[0].type.shape;
  const Shape& b = args.inputs[1].type.shape;
  const std::optional<Shape> shape = BroadcastShapes(a, b);
  if (!shape) return RefuseBroadcast(a, b);
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = *shape;
  return CheckAllQuantised(args);
}

}  // namespace verge::ops
