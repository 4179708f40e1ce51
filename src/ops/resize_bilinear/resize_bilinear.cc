#include "ops/resize_bilinear/resize_bilinear.h"

#include <algorithm>
#include <cmath>

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

Status InferResizeBilinear(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, 4));
  const auto& a = args.attrs.As<ResizeBilinearAttrs>();
  if (a.align_corners && a.half_pixel_centers) {
    return VERGE_ERROR(kInvalidArgument, "attributes align_corners and half_pixel_centers exclude each other");
  }
  const Shape& x = args.inputs[0].type.shape;
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = {x[0], a.height, a.width, x[3]};
  return Status::Ok();
}

uint64_t MacsResizeBilinear(const OpAttrs& /*attrs*/, std::span<const TensorType> /*inputs*/,
                            std::span<const TensorType> outputs) {
  return static_cast<uint64_t>(outputs[0].shape.elems()) * 4;
}

}  // namespace verge::ops
