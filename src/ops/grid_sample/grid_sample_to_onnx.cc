#include "export/onnx/emitter.h"
#include "ops/grid_sample/grid_sample.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitGridSample(Emitter& e) {
  const auto& a = e.Attrs<GridSampleAttrs>();
  std::string mode = kGridModeNames[a.mode];
  if (e.opset >= 20) mode = a.mode == 0 ? "linear" : a.mode == 2 ? "cubic" : mode;
  e.NeedOpset(e.Dims(0).rank() > 4 ? 20 : 16);
  e.Put(0, e.Emit("GridSample", {e.Get(0), e.Get(1)},
                  {{"mode", mode},
                   {"padding_mode", std::string(kGridPaddingNames[a.padding])},
                   {"align_corners", int64_t{a.align_corners}}}));
}

}  // namespace

extern const to_onnx::Exporter kGridSampleToOnnx = {.emit = EmitGridSample};

}  // namespace verge::ops
