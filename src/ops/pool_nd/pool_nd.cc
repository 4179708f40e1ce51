#include "ops/pool_nd/pool_nd.h"

#include "ops/elem.h"

namespace verge::ops {

Status InferPoolNd(const InferArgs& args) {
  const auto& attrs = args.attrs.As<PoolNdAttrs>();
  const auto kind = static_cast<PoolKind>(attrs.kind);
  const TensorType& x = args.inputs[0].type;
  if (kind == PoolKind::kMax ? x.dtype == DType::kBool : !IsFloatDType(x.dtype)) {
    return VERGE_ERROR(kUnsupported,
                       InputLabel(0, "x") + " is " + DTypeName(x.dtype) + ", which this pool does not take");
  }
  if (x.shape.rank() < 3) return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " wants 3 dimensions or more");
  VERGE_TRY(CheckSpatial("kernel", attrs.kernel, x.shape.rank() - 2, 1));
  if (args.outputs.size() > 1 && kind != PoolKind::kMax) {
    return VERGE_ERROR(kInvalidArgument, "only max pooling has a second output");
  }
  VERGE_TRY(CheckWindowNd(attrs.window, attrs.kernel.size));
  Shape shape = x.shape;
  for (int i = 0; i < attrs.kernel.size; ++i) {
    const int64_t kernel = attrs.kernel.values[static_cast<size_t>(i)];
    VERGE_TRY_ASSIGN(const int64_t count, WindowCount(attrs.window, i, x.shape[i + 1], kernel, attrs.ceil));
    shape.set(i + 1, count);
  }
  for (TensorType& output : args.outputs) {
    output.dtype = DType::kI64;
    output.shape = shape;
  }
  args.outputs[0].dtype = x.dtype;
  return Status::Ok();
}

}  // namespace verge::ops
