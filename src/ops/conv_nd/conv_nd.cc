#include "ops/conv_nd/conv_nd.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status CheckShapes(const ConvNdAttrs& attrs, const Shape& x, const Shape& w) {
  if (x.rank() < 3 || w.rank() != x.rank()) {
    return VERGE_ERROR(kInvalidArgument, "x " + ToString(x) + " and w " + ToString(w) + " want one rank of 3 or more");
  }
  if (x[x.rank() - 1] != w[w.rank() - 1] * attrs.groups || w[0] % attrs.groups != 0) {
    return VERGE_ERROR(kInvalidArgument, "the channels of x " + ToString(x) + " and w " + ToString(w) + " do not fit " +
                                             std::to_string(attrs.groups) + " groups");
  }
  return CheckWindowNd(attrs.window, x.rank() - 2);
}

}  // namespace

Status InferConvNd(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ConvNdAttrs>();
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kF64, DType::kI32}, kAnyRank));
  const DType dtype = args.inputs[0].type.dtype;
  VERGE_TRY(CheckInput(args, 1, "w", {dtype}, kAnyRank));
  const Shape& x = args.inputs[0].type.shape;
  const Shape& w = args.inputs[1].type.shape;
  VERGE_TRY(CheckShapes(attrs, x, w));
  if (HasInput(args, 2)) {
    VERGE_TRY(CheckInput(args, 2, "b", {dtype}, 1));
    VERGE_TRY(CheckDim(args, 2, "b", 0, w[0]));
  }
  Shape shape = x;
  for (int d = 1; d + 1 < x.rank(); ++d) {
    VERGE_TRY_ASSIGN(const int64_t count, WindowCount(attrs.window, d - 1, x[d], w[d], false));
    shape.set(d, count);
  }
  shape.set(x.rank() - 1, w[0]);
  args.outputs[0].dtype = dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

uint64_t MacsConvNd(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs, std::span<const TensorType> outputs) {
  const Shape& w = inputs[1].shape;
  return outputs[0].shape.elems() * (w.elems() / static_cast<uint64_t>(w[0]));
}

}  // namespace verge::ops
