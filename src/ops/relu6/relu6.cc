#include "ops/relu6/relu6.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferRelu6(const InferArgs& args) { return InferElementwise(args, {DType::kF32}); }

}  // namespace verge::ops
