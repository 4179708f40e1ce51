#include "export/onnx/emitter.h"
#include "ops/quantize/quantize.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;

// What is put into a quantised value is quantised on the way.
void EmitQuantize(Emitter& e) {
  const Perm perm = e.Native();
  e.Put(0, e.Get(0, perm), perm);
}

}  // namespace

extern const to_onnx::Exporter kQuantizeToOnnx = {.emit = EmitQuantize};

}  // namespace verge::ops
