#include "export/onnx/emitter.h"
#include "ops/max_unpool/max_unpool.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// Scattered into zeros, which leaves no doubt about how positions are counted.
void EmitMaxUnpool(Emitter& e) {
  const auto size = static_cast<int64_t>(e.Out().shape.elems());
  const DType type = e.In(0).quant.scales.empty() ? e.In(0).dtype : DType::kF32;
  const TensorId zeros = e.Emit("Expand", {e.b.Scalar(type, 0), e.b.Ints({size})});
  const TensorId indices = e.b.Reshape(e.Get(1), {-1});
  const TensorId y = e.Emit("ScatterElements", {zeros, indices, e.b.Reshape(e.Get(0), {-1})}, {{"axis", int64_t{0}}});
  const std::span<const int64_t> dims = e.Out().shape.dims();
  e.Put(0, e.b.Reshape(y, {dims.begin(), dims.end()}));
}

}  // namespace

extern const to_onnx::Exporter kMaxUnpoolToOnnx = {.emit = EmitMaxUnpool};

}  // namespace verge::ops
