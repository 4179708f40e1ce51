#include "ops/non_zero/non_zero.h"

#include "ops/elem.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferNonZero(const InferArgs& args) {
  const InferInput& x = args.inputs[0];
  const bool has_count = args.attrs.As<NonZeroAttrs>().has_count;
  if (args.outputs.size() != (has_count ? 2U : 1U)) {
    return VERGE_ERROR(kInvalidArgument, "output count and attribute has_count do not go together");
  }
  args.outputs[0].dtype = DType::kI64;
  if (has_count) {
    args.outputs[0].shape = {x.type.shape.rank(), static_cast<int64_t>(x.type.shape.elems())};
    args.outputs[1].dtype = DType::kI64;
    args.outputs[1].shape = {1};
    return Status::Ok();
  }
  if (x.constant == nullptr) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " must be a constant");
  int64_t count = 0;
  Dispatch(x.type.dtype, [&]<typename T>() {
    const T* data = static_cast<const T*>(x.constant);
    for (size_t i = 0; i < x.type.shape.elems(); ++i)
      count += static_cast<Compute<T>>(data[i]) != Compute<T>(0) ? 1 : 0;
  });
  args.outputs[0].shape = {x.type.shape.rank(), count};
  return Status::Ok();
}

}  // namespace verge::ops
