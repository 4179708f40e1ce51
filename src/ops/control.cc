#include "ops/control.h"

#include <algorithm>

namespace verge::ops {

Status CheckCondition(const TensorType& type, const std::string& what) {
  if (type.dtype == DType::kBool && type.shape.elems() == 1) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument,
                     what + " is " + DTypeName(type.dtype) + ToString(type.shape) + ", wants one element of bool");
}

Status CheckCrossing(const std::string& what, std::span<const TensorType> given, std::span<const TensorType> want) {
  if (given.size() != want.size()) {
    return VERGE_ERROR(kInvalidArgument, what + ": there are " + std::to_string(given.size()) + " values, wanted are " +
                                             std::to_string(want.size()));
  }
  for (size_t i = 0; i < given.size(); ++i) {
    const TensorType& g = given[i];
    const TensorType& w = want[i];
    const bool same_quant = std::ranges::equal(g.quant.scales, w.quant.scales) &&
                            std::ranges::equal(g.quant.zero_points, w.quant.zero_points);
    if (g.dtype == w.dtype && g.shape == w.shape && same_quant) continue;
    return VERGE_ERROR(kInvalidArgument, what + ": value " + std::to_string(i) + " is " + DTypeName(g.dtype) +
                                             ToString(g.shape) + ", wanted is " + DTypeName(w.dtype) +
                                             ToString(w.shape) + (same_quant ? "" : " of another quantisation"));
  }
  return Status::Ok();
}

Result<std::vector<TensorType>> CrossingInputs(const InferArgs& args, size_t first) {
  std::vector<TensorType> types;
  for (size_t i = first; i < args.inputs.size(); ++i) {
    if (!args.inputs[i].is_present) {
      return VERGE_ERROR(kInvalidArgument, "input " + std::to_string(i) + " is omitted but required");
    }
    types.push_back(args.inputs[i].type);
  }
  return types;
}

}  // namespace verge::ops
