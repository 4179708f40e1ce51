#include "export/onnx/emitter.h"
#include "ops/lrn/lrn.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// ONNX normalises along dimension 1.
void EmitLrn(Emitter& e) {
  const auto& a = e.Attrs<LrnAttrs>();
  const int rank = e.Dims(0).rank();
  const auto axis = static_cast<int>(a.axis < 0 ? a.axis + rank : a.axis);
  Perm perm;
  for (int d = 0; d < rank; ++d) {
    if (d != axis) perm.push_back(d);
  }
  perm.insert(perm.begin() + (rank > 1 ? 1 : 0), axis);
  const std::vector<to_onnx::Attr> attrs = {{"size", a.size}, {"alpha", a.alpha}, {"beta", a.beta}, {"bias", a.bias}};
  if (rank > 1) return e.Put(0, e.Emit("LRN", {e.Get(0, perm)}, attrs), perm);
  const TensorId y = e.Emit("LRN", {e.b.Reshape(e.Get(0), {1, e.Dims(0)[0]})}, attrs);
  e.Put(0, e.b.Reshape(y, {e.Dims(0)[0]}));
}

}  // namespace

extern const to_onnx::Exporter kLrnToOnnx = {.emit = EmitLrn};

}  // namespace verge::ops
