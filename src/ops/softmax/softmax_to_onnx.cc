#include "export/onnx/emitter.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::PlaceOf;

void Emit(Emitter& e) {
  constexpr const char* kNames[] = {"Softmax", "LogSoftmax", "Hardmax"};
  const auto& a = e.Attrs<SoftmaxAttrs>();
  e.Map(kNames[a.kind], {{"axis", int64_t{PlaceOf(e.Native(), a.axis)}}});
}

}  // namespace

extern const to_onnx::Exporter kSoftmaxToOnnx = {.emit = Emit};

}  // namespace verge::ops
