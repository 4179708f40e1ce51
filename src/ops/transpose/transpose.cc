#include "ops/transpose/transpose.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferTranspose(const InferArgs& args) {
  const IntList& perm = args.attrs.As<TransposeAttrs>().perm;
  const TensorType& x = args.inputs[0].type;
  const int rank = x.shape.rank();
  uint32_t seen = 0;
  for (int32_t i = 0; i < perm.size; ++i) {
    const int64_t d = perm.values[static_cast<size_t>(i)];
    if (d >= 0 && d < rank) seen |= 1u << d;
  }
  if (perm.size != rank || seen != (1u << rank) - 1u) {
    return VERGE_ERROR(kInvalidArgument, "attribute perm is no permutation of the dimensions of input 0 (x) of shape " +
                                             ToString(x.shape));
  }
  Shape shape = x.shape;
  for (int d = 0; d < rank; ++d) shape.set(d, x.shape[static_cast<int>(perm.values[static_cast<size_t>(d)])]);
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
