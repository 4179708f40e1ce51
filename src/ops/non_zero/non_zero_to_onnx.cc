#include "export/onnx/emitter.h"
#include "ops/non_zero/non_zero.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// With a count, y has a column for each element of x, those behind the last position 0.
void EmitNonZero(Emitter& e) {
  const TensorId y = e.Emit("NonZero", {e.Get(0)});
  if (!e.Attrs<NonZeroAttrs>().has_count) return e.Put(0, y);
  const int64_t columns = e.Out().shape[1];
  const TensorId shape = e.Emit("Shape", {y});
  const TensorId zeros = e.Emit("Expand", {e.b.Scalar(DType::kI64, 0), e.b.Ints({e.Out().shape[0], columns})});
  const TensorId all = e.Emit("Concat", {y, zeros}, {{"axis", int64_t{1}}});
  e.Put(0, e.Emit("Slice", {all, e.b.Ints({0}), e.b.Ints({columns}), e.b.Ints({1})}));
  e.Put(1, e.Emit("Slice", {shape, e.b.Ints({1}), e.b.Ints({2}), e.b.Ints({0})}));
}

}  // namespace

extern const to_onnx::Exporter kNonZeroToOnnx = {.emit = EmitNonZero};

}  // namespace verge::ops
