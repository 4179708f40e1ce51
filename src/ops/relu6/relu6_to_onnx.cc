#include "export/onnx/emitter.h"
#include "ops/relu6/relu6.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;

void EmitRelu6(Emitter& e) {
  const Perm perm = e.Native();
  e.Put(0, e.Activate(e.Get(0, perm), kActivationRelu6), perm);
}

}  // namespace

extern const to_onnx::Exporter kRelu6ToOnnx = {.emit = EmitRelu6};

}  // namespace verge::ops
