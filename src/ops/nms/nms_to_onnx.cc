#include "export/onnx/emitter.h"
#include "ops/nms/nms.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// As many rows as there is room for, the rest 0; and how many boxes there are.
void PutWithCapacity(Emitter& e, TensorId y, int64_t capacity) {
  const TensorId shape = e.Emit("Shape", {y});
  const TensorId zeros = e.Emit("Expand", {e.b.Scalar(DType::kI64, 0), e.b.Ints({capacity, 3})});
  const TensorId all = e.Emit("Concat", {y, zeros}, {{"axis", int64_t{0}}});
  e.Put(0, e.Emit("Slice", {all, e.b.Ints({0}), e.b.Ints({capacity}), e.b.Ints({0})}));
  e.Put(1, e.Emit("Slice", {shape, e.b.Ints({0}), e.b.Ints({1}), e.b.Ints({0})}));
}

void EmitNms(Emitter& e) {
  const auto& a = e.Attrs<NmsAttrs>();
  std::vector<TensorId> inputs = {e.Get(0), e.Get(1), e.b.Ints({a.max_per_class}), e.b.Floats({a.iou_threshold})};
  if (a.has_score_threshold) inputs.push_back(e.b.Floats({a.score_threshold}));
  const TensorId y = e.Emit("NonMaxSuppression", inputs, {{"center_point_box", int64_t{a.center}}});
  if (a.capacity > 0) return PutWithCapacity(e, y, a.capacity);
  e.Put(0, y);
}

}  // namespace

extern const to_onnx::Exporter kNmsToOnnx = {.emit = EmitNms};

}  // namespace verge::ops
