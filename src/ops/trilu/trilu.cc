#include "ops/trilu/trilu.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferTrilu(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  if (x.shape.rank() < 2) return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " wants 2 dimensions or more");
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = x.shape;
  return Status::Ok();
}

}  // namespace verge::ops
