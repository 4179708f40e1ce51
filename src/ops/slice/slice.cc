#include "ops/slice/slice.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSlice(const InferArgs& args) {
  const auto& attrs = args.attrs.As<SliceAttrs>();
  const TensorType& x = args.inputs[0].type;
  const int rank = x.shape.rank();
  if (attrs.starts.size != rank || attrs.sizes.size != rank || attrs.steps.size != rank) {
    return VERGE_ERROR(kInvalidArgument, "attributes starts, sizes and steps want one entry for each dimension of x " +
                                             ToString(x.shape));
  }
  Shape shape = x.shape;
  for (int d = 0; d < rank; ++d) {
    const auto i = static_cast<size_t>(d);
    const int64_t start = attrs.starts.values[i];
    const int64_t size = attrs.sizes.values[i];
    const int64_t step = attrs.steps.values[i];
    const std::optional<int64_t> span = CheckedMul(size - 1, step);
    const std::optional<int64_t> last = span ? CheckedAdd(start, *span) : std::nullopt;
    if (size < 1 || size > x.shape[d] || start < 0 || start >= x.shape[d] || !last || *last < 0 ||
        *last >= x.shape[d]) {
      return VERGE_ERROR(kInvalidArgument,
                         "the slice leaves dimension " + std::to_string(d) + " of x " + ToString(x.shape));
    }
    shape.set(d, size);
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
