#include "ops/axes.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Result<uint32_t> AxesMask(const IntList& axes, int rank) {
  if (axes.size == 0) return (1u << rank) - 1u;
  uint32_t mask = 0;
  for (int32_t i = 0; i < axes.size; ++i) {
    VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(axes.values[static_cast<size_t>(i)], rank));
    if ((mask >> axis & 1u) != 0) {
      return VERGE_ERROR(kInvalidArgument, "axis " + std::to_string(axis) + " is listed twice");
    }
    mask |= 1u << axis;
  }
  return mask;
}

Shape WithoutAxes(const Shape& shape, uint32_t mask, bool keep_dims) {
  std::array<int64_t, Shape::kMaxRank> dims{};
  size_t rank = 0;
  for (int d = 0; d < shape.rank(); ++d) {
    const bool folded = (mask >> d & 1u) != 0;
    if (!folded || keep_dims) dims[rank++] = folded ? 1 : shape[d];
  }
  return *Shape::FromSpan({dims.data(), rank});
}

}  // namespace verge::ops
