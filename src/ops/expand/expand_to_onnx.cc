#include "export/onnx/emitter.h"
#include "ops/expand/expand.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

void EmitExpand(Emitter& e) {
  const std::span<const int64_t> dims = e.Out().shape.dims();
  e.Put(0, e.Emit("Expand", {e.Get(0), e.b.Ints({dims.begin(), dims.end()})}));
}

}  // namespace

extern const to_onnx::Exporter kExpandToOnnx = {.emit = EmitExpand, .moves_data = true};

}  // namespace verge::ops
