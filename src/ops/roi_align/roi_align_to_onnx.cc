#include "export/onnx/emitter.h"
#include "ops/roi_align/roi_align.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitRoiAlign(Emitter& e) {
  const auto& a = e.Attrs<RoiAlignAttrs>();
  e.NeedOpset(16);
  e.Put(0, e.Emit("RoiAlign", {e.Get(0), e.Get(1), e.Get(2)},
                  {{"mode", a.max ? "max" : "avg"},
                   {"output_height", a.height},
                   {"output_width", a.width},
                   {"sampling_ratio", a.ratio},
                   {"spatial_scale", a.scale},
                   {"coordinate_transformation_mode", a.half_pixel ? "half_pixel" : "output_half_pixel"}}));
}

}  // namespace

extern const to_onnx::Exporter kRoiAlignToOnnx = {.emit = EmitRoiAlign};

}  // namespace verge::ops
