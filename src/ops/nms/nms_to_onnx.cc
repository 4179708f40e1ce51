#include "export/onnx/emitter.h"
#include "ops/nms/nms.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void Emit(Emitter& e) {
  const auto& a = e.Attrs<NmsAttrs>();
  std::vector<TensorId> inputs = {e.Get(0), e.Get(1), e.b.Ints({a.max_per_class}), e.b.Floats({a.iou_threshold})};
  if (a.has_score_threshold) inputs.push_back(e.b.Floats({a.score_threshold}));
  e.Put(0, e.Emit("NonMaxSuppression", inputs, {{"center_point_box", int64_t{a.center}}}));
}

}  // namespace

extern const to_onnx::Exporter kNmsToOnnx = {.emit = Emit};

}  // namespace verge::ops
