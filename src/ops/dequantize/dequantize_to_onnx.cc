#include "export/onnx/emitter.h"
#include "ops/dequantize/dequantize.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Quantised inputs arrive dequantised.
void EmitDequantize(Emitter& e) {
  const Perm perm = e.Native();
  const TensorId x = e.Get(0, perm);
  e.Put(0, e.In(0).dtype == DType::kF16 ? e.Cast(x, DType::kF32) : x, perm);
}

}  // namespace

extern const to_onnx::Exporter kDequantizeToOnnx = {.emit = EmitDequantize};

}  // namespace verge::ops
