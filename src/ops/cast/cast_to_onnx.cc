#include "export/onnx/emitter.h"
#include "ops/cast/cast.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;

void EmitCast(Emitter& e) {
  const Perm perm = e.Native();
  e.Put(0, e.Cast(e.Get(0, perm), e.Out().dtype), perm);
}

}  // namespace

extern const to_onnx::Exporter kCastToOnnx = {.emit = EmitCast};

}  // namespace verge::ops
