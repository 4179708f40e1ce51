#include "export/onnx/emitter.h"
#include "ops/gather_nd/gather_nd.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitGatherNd(Emitter& e) {
  const TensorId indices = e.In(1).dtype == DType::kI64 ? e.Get(1) : e.Cast(e.Get(1), DType::kI64);
  e.Put(0, e.Emit("GatherND", {e.Get(0), indices}, {{"batch_dims", e.Attrs<GatherNdAttrs>().batch_dims}}));
}

}  // namespace

extern const to_onnx::Exporter kGatherNdToOnnx = {.emit = EmitGatherNd, .moves_data = true};

}  // namespace verge::ops
