#include "ops/logistic/logistic.h"

#include "ops/quant_curve.h"
#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferLogistic(const InferArgs& args) {
  VERGE_TRY(InferElementwise(args, {DType::kF32, DType::kI8, DType::kU8, DType::kI16}));
  VERGE_TRY(CheckAllQuantised(args));
  return CheckCurveScale(args);
}

}  // namespace verge::ops
