#include "ops/pool.h"

#include "ops/quant_elementwise.h"

namespace verge::ops {

Status InferPool(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, 4));
  const auto& a = args.attrs.As<PoolAttrs>();
  const Shape& x = args.inputs[0].type.shape;
  if (std::max(a.pad_top, a.pad_bottom) >= a.filter_h || std::max(a.pad_left, a.pad_right) >= a.filter_w) {
    return VERGE_ERROR(kInvalidArgument, "the padding is as wide as the filter of " + std::to_string(a.filter_h) +
                                             " by " + std::to_string(a.filter_w) + "; some window would be empty");
  }
  VERGE_TRY_ASSIGN(const int64_t h, WindowOutput("height", {x[1], a.filter_h, a.stride_h, 1, a.pad_top, a.pad_bottom}));
  VERGE_TRY_ASSIGN(const int64_t w, WindowOutput("width", {x[2], a.filter_w, a.stride_w, 1, a.pad_left, a.pad_right}));
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = {x[0], h, w, x[3]};
  VERGE_TRY(CheckAllQuantised(args));
  return CheckKeepsQuant(args, 0, "x");
}

}  // namespace verge::ops
