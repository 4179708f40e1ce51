#include "export/onnx/cell.h"
#include "export/onnx/emitter.h"
#include "ops/svdf/svdf.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitSvdf(Emitter& e) {
  const auto& a = e.Attrs<SvdfAttrs>();
  const int64_t batch = e.Dims(kSvdfX)[0];
  const int64_t filters = e.Dims(kSvdfFeature)[0];
  const int64_t steps = e.Dims(kSvdfTime)[1];
  const TensorId memory = e.b.Reshape(e.Get(kSvdfMemory), {batch, filters, steps});
  const TensorId product = e.Emit("MatMul", {e.Get(kSvdfX), e.b.Transpose(e.Get(kSvdfFeature), {1, 0})});
  const TensorId newest = e.b.Reshape(product, {batch, filters, 1});
  TensorId moved = newest;
  if (steps > 1) {
    const TensorId kept = e.Emit("Slice", {memory, e.b.Ints({1}), e.b.Ints({steps}), e.b.Ints({2})});
    moved = e.Emit("Concat", {kept, newest}, {{"axis", int64_t{2}}});
  }
  const TensorId weighted = e.Emit("Mul", {moved, e.Get(kSvdfTime)});
  const TensorId sums = e.Emit("ReduceSum", {weighted, e.b.Ints({2})}, {{"keepdims", int64_t{0}}});
  const TensorId units = e.b.Reshape(sums, {batch, filters / a.rank, a.rank});
  TensorId y = e.Emit("ReduceSum", {units, e.b.Ints({2})}, {{"keepdims", int64_t{0}}});
  if (e.Has(kSvdfBias)) y = e.Emit("Add", {y, e.Get(kSvdfBias)});
  e.Put(0, to_onnx::ApplyCellFunction(e, a.activation, y));
  e.Put(1, e.b.Reshape(moved, {batch, filters * steps}));
}

}  // namespace

extern const to_onnx::Exporter kSvdfToOnnx = {.emit = EmitSvdf};

}  // namespace verge::ops
