#include "export/onnx/cell.h"
#include "export/onnx/emitter.h"
#include "ops/rnn/rnn.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::TensorId;

void EmitRnn(Emitter& e) {
  const auto& a = e.Attrs<RnnAttrs>();
  const char* const activation = to_onnx::CellFunction(a.activation);
  if (activation == nullptr) return e.Unsupported("has an activation that ONNX's RNN has not");
  if (e.Has(kRnnAux)) return e.Unsupported("has a second input (aux)");
  const int64_t units = e.Dims(kRnnW)[0];
  const to_onnx::Sequence sequence = to_onnx::ReadSequence(e, kRnnX, a.is_time_major);
  const TensorId w = e.b.Reshape(e.Get(kRnnW), {1, units, e.Dims(kRnnW)[1]});
  const TensorId r = e.b.Reshape(e.Get(kRnnR), {1, units, units});
  const TensorId zeros = e.b.Reshape(e.b.Floats(std::vector<float>(static_cast<size_t>(units))), {1, units});
  const TensorId bias = e.b.Reshape(e.Get(kRnnBias), {1, units});
  const TensorId biases = e.Emit("Concat", {bias, zeros}, {{"axis", int64_t{1}}});
  const TensorId h = e.b.Reshape(e.Get(kRnnH), {1, sequence.batch, units});
  const std::vector<TensorId> out = e.b.EmitMany("RNN", {sequence.x, w, r, biases, to_onnx::kNoTensor, h}, 2,
                                                 {{"hidden_size", units},
                                                  {"direction", a.is_reversed ? "reverse" : "forward"},
                                                  {"activations", std::vector<std::string>{activation}}});
  to_onnx::PutSequence(e, out[0], a.is_time_major);
  e.Put(1, e.b.Reshape(out[1], {sequence.batch, units}));
}

}  // namespace

extern const to_onnx::Exporter kRnnToOnnx = {.emit = EmitRnn};

}  // namespace verge::ops
