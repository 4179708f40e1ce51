#include "ops/rule_checks.h"

#include <algorithm>

namespace verge::ops {

std::string InputLabel(int index, const char* name) { return "input " + std::to_string(index) + " (" + name + ")"; }

Status CheckInput(const InferArgs& args, int index, const char* name, std::initializer_list<DType> dtypes, int rank) {
  if (!HasInput(args, static_cast<size_t>(index))) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(index, name) + " is required and missing");
  }
  const TensorType& type = args.inputs[static_cast<size_t>(index)].type;
  if (std::find(dtypes.begin(), dtypes.end(), type.dtype) == dtypes.end()) {
    std::string want;
    for (const DType dtype : dtypes) want += (want.empty() ? "" : " or ") + std::string(DTypeName(dtype));
    return VERGE_ERROR(kUnsupported, InputLabel(index, name) + " is " + DTypeName(type.dtype) + ", wants " + want);
  }
  return rank == kAnyRank ? Status::Ok() : CheckRank(args, index, name, rank);
}

Status CheckRank(const InferArgs& args, int index, const char* name, int rank) {
  if (!HasInput(args, static_cast<size_t>(index))) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(index, name) + " is required and missing");
  }
  const Shape& shape = args.inputs[static_cast<size_t>(index)].type.shape;
  if (shape.rank() == rank) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(index, name) + " has shape " + ToString(shape) + ", wants " +
                                           std::to_string(rank) + " dimensions");
}

Status CheckDim(const InferArgs& args, int index, const char* name, int dim, int64_t want) {
  const Shape& shape = args.inputs[static_cast<size_t>(index)].type.shape;
  if (shape[dim] == want) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(index, name) + " has shape " + ToString(shape) + ", wants " +
                                           std::to_string(want) + " in dimension " + std::to_string(dim));
}

Status InferElementwise(const InferArgs& args, std::initializer_list<DType> dtypes) {
  VERGE_TRY(CheckInput(args, 0, "x", dtypes, kAnyRank));
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = args.inputs[0].type.shape;
  return Status::Ok();
}

Result<int> NormaliseAxis(int64_t axis, int rank) {
  const int64_t normal = axis < 0 ? axis + rank : axis;
  if (normal >= 0 && normal < rank) return static_cast<int>(normal);
  return VERGE_ERROR(kInvalidArgument,
                     "axis " + std::to_string(axis) + " is outside a tensor of rank " + std::to_string(rank));
}

Result<int64_t> WindowOutput(const char* what, const WindowDim& dim) {
  const int64_t window = (dim.kernel - 1) * dim.dilation + 1;
  const int64_t padded = dim.in + dim.pad_before + dim.pad_after;
  if (padded < window) {
    return VERGE_ERROR(kInvalidArgument, "the window is " + std::to_string(window) + " in " + what +
                                             ", larger than the padded input of " + std::to_string(padded));
  }
  return (padded - window) / dim.stride + 1;
}

}  // namespace verge::ops
