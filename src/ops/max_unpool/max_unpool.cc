#include "ops/max_unpool/max_unpool.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferMaxUnpool(const InferArgs& args) {
  const IntList& want = args.attrs.As<MaxUnpoolAttrs>().shape;
  const TensorType& x = args.inputs[0].type;
  VERGE_TRY(CheckInput(args, 1, "indices", {DType::kI64}, x.shape.rank()));
  if (args.inputs[1].type.shape != x.shape)
    return VERGE_ERROR(kInvalidArgument, InputLabel(1, "indices") + " wants the shape of x");
  const std::optional<Shape> shape = Shape::FromSpan({want.values.data(), static_cast<size_t>(want.size)});
  if (!shape) return VERGE_ERROR(kInvalidArgument, "attribute shape is no shape");
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
