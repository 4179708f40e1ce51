// Attention, which TFLite has as its parts only.
#include "ops/attention/attention.h"

#include "export/tflite/convert/tables.h"
#include "ops/op_ids.h"

namespace verge::to_tflite {
namespace {

void Attention(Emitter& e) {
  const auto& a = e.Attrs<ops::AttentionAttrs>();
  const ir::Value& q = e.In(0);
  const Shape scores = ops::AttentionShapeOf(a, q.shape, e.Dims(1), e.Dims(2), e.Out().shape).scores;
  TensorId fit = e.Temporary(q, scores);
  e.Op(BuiltinOperator::BATCH_MATMUL, 1, {e.Get(0), e.Get(1)}, {fit},
       schema::CreateBatchMatMulOptions(e.b.fbb(), false, !a.transposed_k));
  const TensorId scaled = e.Temporary(q, scores);
  e.Op(BuiltinOperator::MUL, 1, {fit, e.Scalar(q, &a.scale)}, {scaled}, schema::CreateMulOptions(e.b.fbb()));
  fit = scaled;
  if (e.Has(3)) {
    const TensorId masked = e.Temporary(q, scores);
    e.Op(BuiltinOperator::ADD, 1, {fit, e.Get(3)}, {masked}, schema::CreateAddOptions(e.b.fbb()));
    fit = masked;
  }
  const TensorId shares = e.Temporary(q, scores);
  e.Op(BuiltinOperator::SOFTMAX, 1, {fit}, {shares}, schema::CreateSoftmaxOptions(e.b.fbb(), 1.0f));
  e.Op(BuiltinOperator::BATCH_MATMUL, 1, {shares, e.Get(2)}, {e.Result()},
       schema::CreateBatchMatMulOptions(e.b.fbb(), false, false));
}

constexpr Converter kRows[] = {{ops::ids::kAttention, Attention}};

}  // namespace

const std::span<const Converter> kAttentionConverters = kRows;

}  // namespace verge::to_tflite
