#include "ops/pad/pad.h"

#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferPad(const InferArgs& args) {
  VERGE_TRY(
      CheckInput(args, 0, "x", {DType::kF32, DType::kI8, DType::kU8, DType::kI16, DType::kI32, DType::kI64}, kAnyRank));
  VERGE_TRY(CheckKeepsQuant(args, 0, "x"));
  const auto& a = args.attrs.As<PadAttrs>();
  Shape shape = args.inputs[0].type.shape;
  if (a.before.size != shape.rank() || a.after.size != shape.rank()) {
    return VERGE_ERROR(kInvalidArgument, "attributes before and after have " + std::to_string(a.before.size) + " and " +
                                             std::to_string(a.after.size) + " widths, want one a dimension of " +
                                             ToString(shape));
  }
  for (int d = 0; d < shape.rank(); ++d) {
    const int64_t before = a.before.values[static_cast<size_t>(d)];
    const int64_t after = a.after.values[static_cast<size_t>(d)];
    const auto limit = static_cast<int64_t>(kMaxTensorBytes);
    if (before < 0 || after < 0 || before > limit || after > limit) {
      return VERGE_ERROR(kInvalidArgument, "attributes before and after have the widths " + std::to_string(before) +
                                               " and " + std::to_string(after) + " in dimension " + std::to_string(d) +
                                               ", want 0 or more");
    }
    shape.set(d, shape[d] + before + after);
  }
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
