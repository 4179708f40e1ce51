#include <utility>

#include "export/onnx/cell.h"
#include "export/onnx/emitter.h"
#include "ops/lstm/lstm.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

// ONNX's order of gates, in that of the graph: input, output, forget, cell.
constexpr size_t kOrder[] = {kInputGate, kOutputGate, kForgetGate, kCellGate};

// The four parts of one kind, joined along dimension 0. With coupled gates the input gate is 1 - f = sigmoid(-z_f): its
// parts are those of the forget gate with the other sign.
TensorId Join(Emitter& e, size_t first, bool is_coupled) {
  std::vector<TensorId> parts;
  for (const size_t gate : kOrder) {
    const bool is_made = gate == kInputGate && is_coupled;
    const TensorId part = e.Get(first + (is_made ? kForgetGate : gate));
    parts.push_back(is_made ? e.Emit("Neg", {part}) : part);
  }
  return e.Emit("Concat", parts, {{"axis", int64_t{0}}});
}

// Input, output and forget gate; kNoTensor without peepholes.
TensorId JoinPeepholes(Emitter& e, bool is_coupled, int64_t cells) {
  const size_t forget = kLstmP + 1;
  if (!e.Has(forget)) return to_onnx::kNoTensor;
  const TensorId input = is_coupled ? e.Emit("Neg", {e.Get(forget)}) : e.Get(kLstmP);
  const TensorId joined = e.Emit("Concat", {input, e.Get(kLstmP + 2), e.Get(forget)}, {{"axis", int64_t{0}}});
  return e.b.Reshape(joined, {1, 3 * cells});
}

// Whether ONNX's LSTM means the same: it has no projection, layer normalisation or second input, and it clips the
// gates' sums, not the cell.
bool IsPlain(const Emitter& e, const LstmAttrs& a) {
  return to_onnx::CellFunction(a.activation) != nullptr && !e.Has(kLstmProjection) && !e.Has(kLstmNorm + kForgetGate) &&
         !e.Has(kLstmAux) && a.cell_clip == 0;
}

// The layer step by step, in ops that any engine has.
class Steps {
 public:
  explicit Steps(Emitter& e) : e_(e), a_(e.Attrs<LstmAttrs>()), h_(e.Get(kLstmH)), c_(e.Get(kLstmC)) {}

  // One step; gives h.
  TensorId Next(TensorId x, TensorId aux) {
    const TensorId f = Emit("Sigmoid", {Gate(kForgetGate, x, aux)});
    const bool is_coupled = !e_.Has(kLstmW + kInputGate);
    const TensorId i = is_coupled ? Emit("Sub", {Number(1), f}) : Emit("Sigmoid", {Gate(kInputGate, x, aux)});
    const TensorId g = to_onnx::ApplyCellFunction(e_, a_.activation, Gate(kCellGate, x, aux));
    c_ = Clip(Emit("Add", {Emit("Mul", {f, c_}), Emit("Mul", {i, g})}), a_.cell_clip);
    const TensorId o = Emit("Sigmoid", {Gate(kOutputGate, x, aux)});
    h_ = Emit("Mul", {o, to_onnx::ApplyCellFunction(e_, a_.activation, c_)});
    if (!e_.Has(kLstmProjection)) return h_;
    h_ = Emit("MatMul", {h_, e_.Get(kLstmProjection, {1, 0})});
    if (e_.Has(kLstmProjectionBias)) h_ = Emit("Add", {h_, e_.Get(kLstmProjectionBias)});
    return h_ = Clip(h_, a_.proj_clip);
  }

  TensorId h() const { return h_; }
  TensorId c() const { return c_; }

 private:
  TensorId Emit(const char* op, std::vector<TensorId> inputs) { return e_.Emit(op, std::move(inputs)); }
  TensorId Number(double value) { return e_.b.Scalar(DType::kF32, value); }

  TensorId Clip(TensorId x, float limit) {
    const auto wide = static_cast<double>(limit);
    return limit == 0 ? x : Emit("Clip", {x, Number(-wide), Number(wide)});
  }

  // Before its activation. The output gate's peephole sees the new cell.
  TensorId Gate(size_t gate, TensorId x, TensorId aux) {
    TensorId sum = Emit("Add", {Emit("MatMul", {x, e_.Get(kLstmW + gate, {1, 0})}),
                                Emit("MatMul", {h_, e_.Get(kLstmR + gate, {1, 0})})});
    if (aux != to_onnx::kNoTensor) sum = Emit("Add", {sum, Emit("MatMul", {aux, e_.Get(kLstmAuxW + gate, {1, 0})})});
    const size_t peephole = kLstmP + (gate == kOutputGate ? 2 : gate);
    if (gate != kCellGate && e_.Has(peephole)) sum = Emit("Add", {sum, Emit("Mul", {e_.Get(peephole), c_})});
    if (e_.Has(kLstmNorm + gate)) sum = Emit("Mul", {Normal(sum), e_.Get(kLstmNorm + gate)});
    return Emit("Add", {sum, e_.Get(kLstmB + gate)});
  }

  // (x - mean) / sqrt(variance + 1e-8), along the last dimension.
  TensorId Normal(TensorId x) {
    const auto mean = [&](TensorId of) {
      if (e_.opset >= 18) return Emit("ReduceMean", {of, e_.b.Ints({-1})});
      return e_.Emit("ReduceMean", {of}, {{"axes", std::vector<int64_t>{-1}}});
    };
    const TensorId centred = Emit("Sub", {x, mean(x)});
    const TensorId variance = Emit("Add", {mean(Emit("Mul", {centred, centred})), Number(1e-8)});
    return Emit("Div", {centred, Emit("Sqrt", {variance})});
  }

  Emitter& e_;
  const LstmAttrs& a_;
  TensorId h_;
  TensorId c_;
};

void EmitSteps(Emitter& e, const LstmAttrs& a) {
  constexpr int64_t kMaxSteps = 1000;
  const Shape& x = e.Dims(kLstmX);
  const int64_t steps = x.rank() == 2 ? 1 : x[a.is_time_major ? 0 : 1];
  if (steps > kMaxSteps) return e.Unsupported("is no LSTM of ONNX's, and too long to be written step by step");
  const TensorId sequence = to_onnx::ReadSequence(e, kLstmX, a.is_time_major).x;
  const bool has_aux = e.Has(kLstmAux);
  const TensorId auxes = has_aux ? to_onnx::ReadSequence(e, kLstmAux, a.is_time_major).x : to_onnx::kNoTensor;
  const auto at = [&](TensorId of, int64_t t) {
    return e.Emit("Gather", {of, e.b.Scalar(DType::kI64, static_cast<double>(t))}, {{"axis", int64_t{0}}});
  };
  Steps cell(e);
  std::vector<TensorId> results(static_cast<size_t>(steps));
  const Shape& h = e.Out(1).shape;
  for (int64_t i = 0; i < steps; ++i) {
    const int64_t t = a.is_reversed ? steps - 1 - i : i;
    const TensorId result = cell.Next(at(sequence, t), has_aux ? at(auxes, t) : to_onnx::kNoTensor);
    results[static_cast<size_t>(t)] = e.b.Reshape(result, {1, h[0], h[1]});
  }
  to_onnx::PutSequence(e, e.Emit("Concat", results, {{"axis", int64_t{0}}}), a.is_time_major);
  e.Put(1, cell.h());
  e.Put(2, cell.c());
}

void EmitLstm(Emitter& e) {
  const auto& a = e.Attrs<LstmAttrs>();
  if (!IsPlain(e, a)) return EmitSteps(e, a);
  const std::string activation = to_onnx::CellFunction(a.activation);
  const int64_t cells = e.Dims(kLstmW + kForgetGate)[0];
  const int64_t width = e.Dims(kLstmW + kForgetGate)[1];
  const bool is_coupled = !e.Has(kLstmW + kInputGate);
  const to_onnx::Sequence sequence = to_onnx::ReadSequence(e, kLstmX, a.is_time_major);
  const TensorId w = e.b.Reshape(Join(e, kLstmW, is_coupled), {1, 4 * cells, width});
  const TensorId r = e.b.Reshape(Join(e, kLstmR, is_coupled), {1, 4 * cells, cells});
  const TensorId zeros = e.b.Floats(std::vector<float>(static_cast<size_t>(4 * cells)));
  const TensorId biases = e.Emit("Concat", {Join(e, kLstmB, is_coupled), zeros}, {{"axis", int64_t{0}}});
  const TensorId h = e.b.Reshape(e.Get(kLstmH), {1, sequence.batch, cells});
  const TensorId c = e.b.Reshape(e.Get(kLstmC), {1, sequence.batch, cells});
  const std::vector<TensorId> out =
      e.b.EmitMany("LSTM",
                   {sequence.x, w, r, e.b.Reshape(biases, {1, 8 * cells}), to_onnx::kNoTensor, h, c,
                    JoinPeepholes(e, is_coupled, cells)},
                   3,
                   {{"hidden_size", cells},
                    {"direction", a.is_reversed ? "reverse" : "forward"},
                    {"activations", std::vector<std::string>{"Sigmoid", activation, activation}}});
  to_onnx::PutSequence(e, out[0], a.is_time_major);
  e.Put(1, e.b.Reshape(out[1], {sequence.batch, cells}));
  e.Put(2, e.b.Reshape(out[2], {sequence.batch, cells}));
}

}  // namespace

extern const to_onnx::Exporter kLstmToOnnx = {.emit = EmitLstm};

}  // namespace verge::ops
