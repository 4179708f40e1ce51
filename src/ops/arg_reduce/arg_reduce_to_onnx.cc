#include "export/onnx/emitter.h"
#include "ops/arg_reduce/arg_reduce.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::PlaceOf;
using to_onnx::TensorId;
using to_onnx::Without;

void EmitArgReduce(Emitter& e) {
  const auto& a = e.Attrs<ArgReduceAttrs>();
  const Perm perm = e.Native();
  const auto rank = static_cast<int64_t>(perm.size());
  std::vector<bool> gone(perm.size(), false);
  if (!a.keep_dims) gone[static_cast<size_t>(a.axis < 0 ? a.axis + rank : a.axis)] = true;
  const TensorId y = e.Emit(a.take_min ? "ArgMin" : "ArgMax", {e.Get(0, perm)},
                            {{"axis", int64_t{PlaceOf(perm, a.axis)}},
                             {"keepdims", int64_t{a.keep_dims}},
                             {"select_last_index", int64_t{a.select_last}}});
  e.Put(0, y, Without(perm, gone));
}

}  // namespace

extern const to_onnx::Exporter kArgReduceToOnnx = {.emit = EmitArgReduce};

}  // namespace verge::ops
