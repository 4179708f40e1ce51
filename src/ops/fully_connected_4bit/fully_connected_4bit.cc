#include "ops/fully_connected_4bit/fully_connected_4bit.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status CheckShape(const InferArgs& args, size_t i, const char* name, DType dtype, const Shape& wanted) {
  if (i >= args.inputs.size() || !args.inputs[i].is_present) return Status::Ok();
  const TensorType& type = args.inputs[i].type;
  if (type.dtype == dtype && type.shape == wanted && !type.quant.is_quantised()) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(i), name) + " is " + DTypeName(type.dtype) +
                                           ToString(type.shape) + ", it should be " + DTypeName(dtype) +
                                           ToString(wanted));
}

}  // namespace

Status InferFullyConnected4bit(const InferArgs& args) {
  const int64_t block = args.attrs.As<FullyConnected4bitAttrs>().block;
  if (block % 2 != 0) return VERGE_ERROR(kInvalidArgument, "attribute block is odd: " + std::to_string(block));
  VERGE_TRY(CheckRank(args, 1, "q", 3));
  const TensorType& x = args.inputs[0].type;
  const Shape& q = args.inputs[1].type.shape;
  if (x.dtype != DType::kF32 || x.shape.rank() < 1) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " should be f32 of at least one dimension");
  }
  const int64_t n = q[0], k = x.shape[x.shape.rank() - 1];
  const int64_t blocks = (k + block - 1) / block;
  if (k < 1 || n < 1) return VERGE_ERROR(kInvalidArgument, "there are no weights");
  VERGE_TRY(CheckShape(args, 1, "q", DType::kU8, {n, blocks, block / 2}));
  VERGE_TRY(CheckShape(args, 2, "s", DType::kF32, {n, blocks}));
  VERGE_TRY(CheckShape(args, 3, "z", DType::kU8, {n, blocks}));
  VERGE_TRY(CheckShape(args, 4, "b", DType::kF32, {n}));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = x.shape;
  args.outputs[0].shape.set(x.shape.rank() - 1, n);
  return Status::Ok();
}

uint64_t MacsFullyConnected4bit(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                                std::span<const TensorType> outputs) {
  const Shape& x = inputs[0].shape;
  return static_cast<uint64_t>(outputs[0].shape.elems()) * static_cast<uint64_t>(x[x.rank() - 1]);
}

}  // namespace verge::ops
