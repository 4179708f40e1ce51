#include "ops/resize_bilinear/resize_bilinear.h"

#include <algorithm>
#include <cmath>

#include "ops/quant_elementwise.h"

namespace verge::ops {

ResizeTap MakeResizeTap(const ResizeBilinearAttrs& attrs, int64_t in, int64_t out, int64_t i) {
  const bool aligned = attrs.align_corners && out > 1;
  const float scale = aligned ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                              : static_cast<float>(in) / static_cast<float>(out);
  const float at =
      attrs.half_pixel_centers ? (static_cast<float>(i) + 0.5f) * scale - 0.5f : static_cast<float>(i) * scale;
  ResizeTap tap;
  tap.low = std::clamp(static_cast<int64_t>(std::floor(at)), int64_t{0}, in - 1);
  tap.high = std::clamp(static_cast<int64_t>(std::ceil(at)), int64_t{0}, in - 1);
  tap.t = at - static_cast<float>(tap.low);
  return tap;
}

ResizeTapInt MakeResizeTapInt(const ResizeBilinearAttrs& attrs, int64_t in, int64_t out, int64_t i) {
  constexpr int64_t kOne = ResizeTapInt::kOne;
  const bool aligned = attrs.align_corners && out > 1;
  const int64_t scale = aligned ? (kOne * (in - 1) + (out - 1) / 2) / (out - 1) : (kOne * in + out / 2) / out;
  const int64_t at = attrs.half_pixel_centers ? i * scale + scale / 2 - kOne / 2 : i * scale;
  ResizeTapInt tap;
  tap.low = std::clamp(at / kOne, int64_t{0}, in - 1);
  tap.high = std::clamp((at + kOne - 1) / kOne, int64_t{0}, in - 1);
  tap.t = at - kOne * tap.low;
  return tap;
}

Status InferResizeBilinear(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32, DType::kI8, DType::kU8, DType::kI16}, 4));
  const auto& a = args.attrs.As<ResizeBilinearAttrs>();
  if (a.align_corners && a.half_pixel_centers) {
    return VERGE_ERROR(kInvalidArgument, "attributes align_corners and half_pixel_centers exclude each other");
  }
  const Shape& x = args.inputs[0].type.shape;
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = {x[0], a.height, a.width, x[3]};
  return CheckKeepsQuant(args, 0, "x");
}

uint64_t MacsResizeBilinear(const OpAttrs& /*attrs*/, std::span<const TensorType> /*inputs*/,
                            std::span<const TensorType> outputs) {
  return static_cast<uint64_t>(outputs[0].shape.elems()) * 4;
}

}  // namespace verge::ops
