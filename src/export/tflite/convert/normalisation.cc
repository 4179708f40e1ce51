// Normalisations, which TFLite has as their parts only.
#include "export/tflite/convert/tables.h"
#include "ops/layer_norm/layer_norm.h"
#include "ops/op_ids.h"

namespace verge::to_tflite {
namespace {

// (x - mean) rsqrt(mean((x - mean)^2) + epsilon) s + o
void LayerNorm(Emitter& e) {
  const ir::Value& x = e.In(0);
  Shape row = x.shape;
  row.set(x.shape.rank() - 1, 1);
  const float epsilon = e.Attrs<ops::LayerNormAttrs>().epsilon;
  const TensorId axis = e.Ints({x.shape.rank() - 1});
  const auto reducer = [&] { return schema::CreateReducerOptions(e.b.fbb(), true); };
  const TensorId mean = e.Temporary(x, row);
  e.Op(BuiltinOperator::MEAN, 1, {e.Get(0), axis}, {mean}, reducer());
  const TensorId squares = e.Temporary(x, x.shape);
  e.Op(BuiltinOperator::SQUARED_DIFFERENCE, 1, {e.Get(0), mean}, {squares});
  const TensorId variance = e.Temporary(x, row);
  e.Op(BuiltinOperator::MEAN, 1, {squares, axis}, {variance}, reducer());
  const TensorId raised = e.Temporary(x, row);
  e.Op(BuiltinOperator::ADD, 1, {variance, e.Scalar(x, &epsilon)}, {raised}, schema::CreateAddOptions(e.b.fbb()));
  const TensorId inverse = e.Temporary(x, row);
  e.Op(BuiltinOperator::RSQRT, 1, {raised}, {inverse});
  const TensorId centred = e.Temporary(x, x.shape);
  e.Op(BuiltinOperator::SUB, 1, {e.Get(0), mean}, {centred}, schema::CreateSubOptions(e.b.fbb()));
  const auto output = [&](bool is_last) { return is_last ? e.Result() : e.Temporary(x, x.shape); };
  TensorId y = output(!e.Has(1) && !e.Has(2));
  e.Op(BuiltinOperator::MUL, 1, {centred, inverse}, {y}, schema::CreateMulOptions(e.b.fbb()));
  if (e.Has(1)) {
    const TensorId scaled = output(!e.Has(2));
    e.Op(BuiltinOperator::MUL, 1, {y, e.Get(1)}, {scaled}, schema::CreateMulOptions(e.b.fbb()));
    y = scaled;
  }
  if (e.Has(2)) e.Op(BuiltinOperator::ADD, 1, {y, e.Get(2)}, {e.Result()}, schema::CreateAddOptions(e.b.fbb()));
}

constexpr Converter kRows[] = {{ops::ids::kLayerNorm, LayerNorm}};

}  // namespace

const std::span<const Converter> kNormalisationConverters = kRows;

}  // namespace verge::to_tflite
