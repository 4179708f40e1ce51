#include "export/onnx/emitter.h"
#include "ops/cumsum/cumsum.h"
#include "ops/elem.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// ONNX sums no narrow integers; their low bits are those of the wide sum.
void EmitCumsum(Emitter& e) {
  const auto& a = e.Attrs<CumsumAttrs>();
  const DType type = e.In(0).dtype;
  const bool is_narrow = DTypeBytes(type) < 4 && !IsFloatDType(type) && e.In(0).quant.scales.empty();
  const TensorId x = is_narrow ? e.Cast(e.Get(0), DType::kI32) : e.Get(0);
  const TensorId y = e.Emit("CumSum", {x, e.b.Scalar(DType::kI64, static_cast<double>(a.axis))},
                            {{"exclusive", int64_t{a.exclusive}}, {"reverse", int64_t{a.reverse}}});
  e.Put(0, is_narrow ? e.Cast(y, type) : y);
}

}  // namespace

extern const to_onnx::Exporter kCumsumToOnnx = {.emit = EmitCumsum};

}  // namespace verge::ops
