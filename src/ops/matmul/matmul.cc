#include "ops/matmul/matmul.h"

#include <vector>

#include "ops/broadcast.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status Refuse(const Shape& a, const Shape& b) {
  return VERGE_ERROR(kInvalidArgument,
                     "inputs of shape " + ToString(a) + " and " + ToString(b) + " cannot be multiplied");
}

Shape Leading(const Shape& shape) {
  return *Shape::FromSpan(shape.dims().first(static_cast<size_t>(shape.rank() - 2)));
}

}  // namespace

Status InferMatmul(const InferArgs& args) {
  const auto& attrs = args.attrs.As<MatmulAttrs>();
  VERGE_TRY(CheckInput(
      args, 0, "a",
      {DType::kF32, DType::kF16, DType::kBF16, DType::kF64, DType::kI32, DType::kI64, DType::kU32, DType::kU64},
      kAnyRank));
  VERGE_TRY(CheckInput(args, 1, "b", {args.inputs[0].type.dtype}, kAnyRank));
  const Shape& a = args.inputs[0].type.shape;
  const Shape& b = args.inputs[1].type.shape;
  if (a.rank() < 2 || b.rank() < 2) return Refuse(a, b);
  const int64_t m = a[a.rank() - (attrs.transpose_a ? 1 : 2)];
  const int64_t ka = a[a.rank() - (attrs.transpose_a ? 2 : 1)];
  const int64_t kb = b[b.rank() - (attrs.transpose_b ? 1 : 2)];
  const int64_t n = b[b.rank() - (attrs.transpose_b ? 2 : 1)];
  const std::optional<Shape> batch = BroadcastShapes(Leading(a), Leading(b));
  if (ka != kb || !batch) return Refuse(a, b);
  std::vector<int64_t> dims(batch->dims().begin(), batch->dims().end());
  dims.push_back(m);
  dims.push_back(n);
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = *Shape::FromSpan(dims);
  return Status::Ok();
}

uint64_t MacsMatmul(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> outputs) {
  const Shape& a = inputs[0].shape;
  return outputs[0].shape.elems() * static_cast<uint64_t>(a[a.rank() - (attrs.As<MatmulAttrs>().transpose_a ? 2 : 1)]);
}

}  // namespace verge::ops
