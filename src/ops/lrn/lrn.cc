#include "ops/lrn/lrn.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferLrn(const InferArgs& args) {
  VERGE_TRY(InferElementwise(args, {DType::kF32}));
  VERGE_TRY_ASSIGN([[maybe_unused]] const int axis,
                   NormaliseAxis(args.attrs.As<LrnAttrs>().axis, args.inputs[0].type.shape.rank()));
  return Status::Ok();
}

}  // namespace verge::ops
