#include "ops/bitcast/bitcast.h"

#include <vector>

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferBitcast(const InferArgs& args) {
  const TensorType& x = args.inputs[0].type;
  const auto to = static_cast<DType>(args.attrs.As<BitcastAttrs>().to);
  if (x.dtype == DType::kBool || to == DType::kBool) {
    return VERGE_ERROR(kUnsupported, "bool has one bit that counts; its bytes are not reinterpreted");
  }
  std::vector<int64_t> dims(x.shape.dims().begin(), x.shape.dims().end());
  const auto from_bytes = static_cast<int64_t>(DTypeBytes(x.dtype));
  const auto to_bytes = static_cast<int64_t>(DTypeBytes(to));
  if (from_bytes > to_bytes) dims.push_back(from_bytes / to_bytes);
  if (from_bytes < to_bytes) {
    if (dims.empty() || dims.back() != to_bytes / from_bytes) {
      return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " of shape " + ToString(x.shape) +
                                               " wants a last dimension of size " +
                                               std::to_string(to_bytes / from_bytes));
    }
    dims.pop_back();
  }
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kUnsupported, "the output would have more than 8 dimensions");
  args.outputs[0].dtype = to;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
