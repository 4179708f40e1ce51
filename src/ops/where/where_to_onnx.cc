#include "export/onnx/emitter.h"
#include "ops/where/where.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

void EmitWhere(Emitter& e) {
  const Perm perm = e.Agree();
  const TensorId c = e.GetBroadcast(0, perm);
  const TensorId a = e.GetBroadcast(1, perm);
  e.Put(0, e.Emit("Where", {c, a, e.GetBroadcast(2, perm)}), perm);
}

}  // namespace

extern const to_onnx::Exporter kWhereToOnnx = {.emit = EmitWhere, .moves_data = true};

}  // namespace verge::ops
