#include "ops/dequantize/dequantize.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferDequantize(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF16, DType::kI8, DType::kU8, DType::kI16, DType::kI32}, kAnyRank));
  const TensorType& x = args.inputs[0].type;
  const QuantView& q = x.quant;
  if (x.dtype != DType::kF16) {
    const bool by_axis = q.scales.size() > 1;
    const bool axis_fits =
        q.axis >= 0 && q.axis < x.shape.rank() && x.shape[q.axis] == static_cast<int64_t>(q.scales.size());
    if (q.scales.empty() || q.zero_points.size() != q.scales.size() || (by_axis && !axis_fits)) {
      return VERGE_ERROR(kInvalidArgument,
                         InputLabel(0, "x") + " is an integer tensor " + ToString(x.shape) + " with " +
                             std::to_string(q.scales.size()) + " scales and " + std::to_string(q.zero_points.size()) +
                             " zero points; wants one of each, or one an index of its axis " + std::to_string(q.axis));
    }
  }
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
