#include "export/onnx/emitter.h"
#include "ops/dft/dft.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitDft(Emitter& e) {
  const auto& a = e.Attrs<DftAttrs>();
  const int64_t axis = a.axis < 0 ? a.axis + e.Dims(0).rank() : a.axis;
  const TensorId length = a.length == 0 ? to_onnx::kNoTensor : e.b.Scalar(DType::kI64, static_cast<double>(a.length));
  e.NeedOpset(17);
  std::vector<to_onnx::Attr> attrs = {{"inverse", int64_t{a.inverse}}, {"onesided", int64_t{a.onesided}}};
  if (e.opset < 20) {
    attrs.push_back({"axis", axis});
    return e.Put(0, e.Emit("DFT", {e.Get(0), length}, attrs));
  }
  e.Put(0, e.Emit("DFT", {e.Get(0), length, e.b.Scalar(DType::kI64, static_cast<double>(axis))}, attrs));
}

}  // namespace

extern const to_onnx::Exporter kDftToOnnx = {.emit = EmitDft};

}  // namespace verge::ops
