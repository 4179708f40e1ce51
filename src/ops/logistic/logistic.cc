#include "ops/logistic/logistic.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferLogistic(const InferArgs& args) { return InferElementwise(args, {DType::kF32}); }

}  // namespace verge::ops
