#include "ops/conv_transpose/conv_transpose.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Result<int64_t> OutSize(const ConvTransposeAttrs& a, int i, int64_t in, int64_t kernel) {
  const auto k = static_cast<size_t>(i);
  const std::optional<int64_t> span = CheckedMul<int64_t>(in - 1, a.window.strides.values[k]);
  const int64_t rest =
      WindowExtent(a.window, i, kernel) - a.window.before.values[k] - a.window.after.values[k] + a.out_pad.values[k];
  const std::optional<int64_t> size = span ? CheckedAdd<int64_t>(*span, rest) : std::nullopt;
  if (!size || *size < 1 || *size > kMaxWindow) {
    return VERGE_ERROR(kInvalidArgument,
                       "the output would be empty or too large in spatial dimension " + std::to_string(i));
  }
  return *size;
}

Status CheckShapes(const ConvTransposeAttrs& attrs, const Shape& x, const Shape& w) {
  if (x.rank() < 3 || w.rank() != x.rank()) {
    return VERGE_ERROR(kInvalidArgument, "x " + ToString(x) + " and w " + ToString(w) + " want one rank of 3 or more");
  }
  if (x[x.rank() - 1] != w[w.rank() - 1] * attrs.groups || w[0] % attrs.groups != 0) {
    return VERGE_ERROR(kInvalidArgument, "the channels of x " + ToString(x) + " and w " + ToString(w) + " do not fit " +
                                             std::to_string(attrs.groups) + " groups");
  }
  VERGE_TRY(CheckSpatial("out_pad", attrs.out_pad, x.rank() - 2, 0));
  return CheckWindowNd(attrs.window, x.rank() - 2);
}

}  // namespace

Status InferConvTranspose(const InferArgs& args) {
  const auto& attrs = args.attrs.As<ConvTransposeAttrs>();
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, kAnyRank));
  VERGE_TRY(CheckInput(args, 1, "w", {DType::kF32}, kAnyRank));
  const Shape& x = args.inputs[0].type.shape;
  const Shape& w = args.inputs[1].type.shape;
  VERGE_TRY(CheckShapes(attrs, x, w));
  if (HasInput(args, 2)) {
    VERGE_TRY(CheckInput(args, 2, "b", {DType::kF32}, 1));
    VERGE_TRY(CheckDim(args, 2, "b", 0, w[0]));
  }
  Shape shape = x;
  for (int d = 1; d + 1 < x.rank(); ++d) {
    VERGE_TRY_ASSIGN(const int64_t size, OutSize(attrs, d - 1, x[d], w[d]));
    shape.set(d, size);
  }
  shape.set(x.rank() - 1, w[0]);
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

uint64_t MacsConvTranspose(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                           std::span<const TensorType> /*outputs*/) {
  const Shape& w = inputs[1].shape;
  return inputs[0].shape.elems() * (w.elems() / static_cast<uint64_t>(w[w.rank() - 1]));
}

}  // namespace verge::ops
