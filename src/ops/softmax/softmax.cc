#include "ops/softmax/softmax.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSoftmax(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY_ASSIGN([[maybe_unused]] const int axis, NormaliseAxis(args.attrs.As<SoftmaxAttrs>().axis, x.shape.rank()));
  return InferElementwise(args, {DType::kF32, DType::kF16, DType::kBF16, DType::kF64});
}

}  // namespace verge::ops
