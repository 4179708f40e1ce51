#include "ops/expand/expand.h"

#include "ops/broadcast.h"

namespace verge::ops {

Status InferExpand(const InferArgs& args) {
  const IntList& want = args.attrs.As<ExpandAttrs>().shape;
  const TensorType& x = args.inputs[0].type;
  const std::optional<Shape> target = Shape::FromSpan({want.values.data(), static_cast<size_t>(want.size)});
  const std::optional<Shape> shape = target ? BroadcastShapes(x.shape, *target) : std::nullopt;
  if (!shape) {
    return VERGE_ERROR(kInvalidArgument,
                       "input 0 (x) of shape " + ToString(x.shape) + " cannot be expanded to " +
                           (target ? ToString(*target) : std::string("a shape with negative dimensions")));
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
