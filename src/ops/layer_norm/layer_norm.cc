#include "ops/layer_norm/layer_norm.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferLayerNorm(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, kAnyRank));
  const Shape& x = args.inputs[0].type.shape;
  if (x.rank() < 1) return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " wants one dimension or more");
  if (!(args.attrs.As<LayerNormAttrs>().epsilon >= 0)) {
    return VERGE_ERROR(kInvalidArgument, "attribute epsilon wants 0 or more");
  }
  constexpr const char* kNames[] = {"x", "s", "o"};
  for (int i = 1; i < 3; ++i) {
    if (!HasInput(args, i)) continue;
    const char* const name = kNames[static_cast<size_t>(i)];
    VERGE_TRY(CheckInput(args, i, name, {DType::kF32}, 1));
    VERGE_TRY(CheckDim(args, i, name, 0, x[x.rank() - 1]));
  }
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = x;
  return Status::Ok();
}

}  // namespace verge::ops
