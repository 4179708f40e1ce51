#include "ops/quantize/quantize.h"

#include "ops/quant_layer.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferQuantize(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, kAnyRank));
  const TensorType& x = args.inputs[0].type;
  const auto& attrs = args.attrs.As<QuantizeAttrs>();
  if (x.dtype != DType::kF32) {
    VERGE_TRY(CheckQuantised(x, InputLabel(0, "x")));
    if (attrs.half_even) return VERGE_ERROR(kUnsupported, "attribute half_even is for real inputs");
  }
  args.outputs[0].dtype = *ParseDType(kQuantizedNames[attrs.dtype]);
  args.outputs[0].shape = x.shape;
  return CheckQuantised(args.outputs[0], "output 0");
}

}  // namespace verge::ops
