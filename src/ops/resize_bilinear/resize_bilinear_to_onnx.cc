#include "export/onnx/emitter.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

void EmitResizeBilinear(Emitter& e) {
  const auto& a = e.Attrs<ResizeBilinearAttrs>();
  const Perm first = ChannelsFirst(4);
  const std::string coordinates = a.align_corners        ? "align_corners"
                                  : a.half_pixel_centers ? "half_pixel"
                                                         : "asymmetric";
  const TensorId sizes = e.b.Ints({e.Dims(0)[0], e.Dims(0)[3], a.height, a.width});
  const TensorId y = e.Emit("Resize", {e.Get(0, first), to_onnx::kNoTensor, to_onnx::kNoTensor, sizes},
                            {{"mode", "linear"}, {"coordinate_transformation_mode", coordinates}});
  e.Put(0, y, first);
}

}  // namespace

extern const to_onnx::Exporter kResizeBilinearToOnnx = {.emit = EmitResizeBilinear};

}  // namespace verge::ops
