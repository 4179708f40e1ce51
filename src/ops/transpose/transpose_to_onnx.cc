#include "export/onnx/emitter.h"
#include "ops/transpose/transpose.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;

// No node: the output's dimensions are other names for the input's. The quantised axis moves along.
void EmitTranspose(Emitter& e) {
  const std::vector<int64_t> perm = to_onnx::ToVector(e.Attrs<TransposeAttrs>().perm);
  e.b.Rename(e.node.inputs[0], e.node.outputs[0], to_onnx::Inverse({perm.begin(), perm.end()}));
}

}  // namespace

extern const to_onnx::Exporter kTransposeToOnnx = {.emit = EmitTranspose, .moves_data = true};

}  // namespace verge::ops
