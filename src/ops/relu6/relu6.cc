#include "ops/relu6/relu6.h"

#include "ops/quant_elementwise.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferRelu6(const InferArgs& args) {
  VERGE_TRY(InferElementwise(args, {DType::kF32, DType::kI8, DType::kU8, DType::kI16}));
  return CheckAllQuantised(args);
}

}  // namespace verge::ops
