#include "ops/cast/cast.h"

namespace verge::ops {

Status InferCast(const InferArgs& args) {
  args.outputs[0].dtype = static_cast<DType>(args.attrs.As<CastAttrs>().to);
  args.outputs[0].shape = args.inputs[0].type.shape;
  return Status::Ok();
}

}  // namespace verge::ops
