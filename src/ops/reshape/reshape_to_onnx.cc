#include "export/onnx/emitter.h"
#include "ops/reshape/reshape.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// An order of dimensions in which only sizes of 1 have moved has the same bytes.
void EmitReshape(Emitter& e) {
  const Perm native = e.Native();
  const TensorId x = to_onnx::MovesOnlyOnes(e.Dims(0), native) ? e.Get(0, native) : e.Get(0);
  const std::span<const int64_t> dims = e.Out().shape.dims();
  e.Put(0, e.Emit("Reshape", {x, e.b.Ints({dims.begin(), dims.end()})}));
}

}  // namespace

extern const to_onnx::Exporter kReshapeToOnnx = {.emit = EmitReshape, .moves_data = true};

}  // namespace verge::ops
