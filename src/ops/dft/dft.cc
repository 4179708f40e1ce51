#include "ops/dft/dft.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferDft(const InferArgs& args) {
  const auto& attrs = args.attrs.As<DftAttrs>();
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kF64}, kAnyRank));
  const TensorType& x = args.inputs[0].type;
  const int last = x.shape.rank() - 1;
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(attrs.axis, x.shape.rank()));
  if (axis == last || (x.shape[last] != 1 && x.shape[last] != 2)) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " of shape " + ToString(x.shape) +
                                             " wants 1 or 2 as its last dimension, which is not the axis");
  }
  const int64_t length = attrs.length > 0 ? attrs.length : x.shape[axis];
  Shape shape = x.shape;
  shape.set(axis, attrs.onesided ? length / 2 + 1 : length);
  shape.set(last, 2);
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

uint64_t MacsDft(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs) {
  const auto& dft = attrs.As<DftAttrs>();
  const Result<int> axis = NormaliseAxis(dft.axis, inputs[0].shape.rank());
  return 2 * outputs[0].shape.elems() *
         static_cast<uint64_t>(dft.length > 0 || !axis.ok() ? dft.length : inputs[0].shape[*axis]);
}

}  // namespace verge::ops
