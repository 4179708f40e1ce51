#include "ops/relu/relu.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferRelu(const InferArgs& args) { return InferElementwise(args, {DType::kF32}); }

}  // namespace verge::ops
