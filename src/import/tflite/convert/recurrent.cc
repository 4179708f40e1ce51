// Recurrent layers in both directions: two nodes of the op, one of which goes backwards.
#include "import/tflite/cell.h"
#include "import/tflite/convert/tables.h"
#include "ops/lstm/lstm.h"
#include "ops/op_ids.h"
#include "ops/rnn/rnn.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;

// The auxiliary input feeds both directions through weights of its own; without such weights it is what the backward
// direction reads in place of the input.
struct Sources {
  ValueId forward = kNoValue;
  ValueId backward = kNoValue;
  ValueId aux = kNoValue;
};

Sources SourcesOf(OperatorContext& c, size_t aux, bool has_aux_weights) {
  Sources sources{c.In(0), c.In(0), kNoValue};
  if (!c.Has(aux)) return sources;
  (has_aux_weights ? sources.aux : sources.backward) = c.In(aux);
  return sources;
}

ValueId Optional(OperatorContext& c, size_t i) { return c.Has(i) ? c.In(i) : kNoValue; }

void GiveOutputs(OperatorContext& c, ValueId forward, ValueId backward, bool are_merged) {
  if (are_merged) {
    c.Out(0, c.b.Concat({forward, backward}, c.b.rank(forward) - 1));
    return;
  }
  c.Out(0, forward);
  c.Out(1, backward);
}

bool MapActivationOf(OperatorContext& c, schema::ActivationFunctionType from, int32_t& to) {
  const Result<int32_t> activation = MapCellActivation(from);
  if (!activation.ok()) {
    c.b.Fail(activation.status());
    return false;
  }
  to = *activation;
  return true;
}

// Where the inputs of one direction begin in the file.
struct LstmPlaces {
  size_t weights;  // 17 inputs in the op's order: matrices, peepholes, biases, projection
  size_t h;
  size_t c;
  size_t aux;  // 4 matrices
};

ValueId LstmDirection(OperatorContext& c, const ops::LstmAttrs& attrs, const LstmPlaces& at, ValueId x, ValueId aux) {
  std::vector<ValueId> inputs(aux == kNoValue ? ops::kLstmNorm : ops::kLstmInputs, kNoValue);
  inputs[ops::kLstmX] = x;
  for (size_t i = ops::kLstmW; i < ops::kLstmH; ++i) inputs[i] = Optional(c, at.weights + i - ops::kLstmW);
  inputs[ops::kLstmH] = c.In(at.h);
  inputs[ops::kLstmC] = c.In(at.c);
  if (aux != kNoValue) {
    inputs[ops::kLstmAux] = aux;
    for (size_t k = 0; k < ops::kLstmGates; ++k) inputs[ops::kLstmAuxW + k] = Optional(c, at.aux + k);
  }
  const std::vector<ValueId> outputs = c.b.Ops(ops::ids::kLstm, attrs, std::move(inputs), 3);
  c.Remember(at.h, outputs[1]);
  c.Remember(at.c, outputs[2]);
  return outputs[0];
}

void BidirectionalLstm(OperatorContext& c) {
  constexpr size_t kAux = 39;
  constexpr LstmPlaces kForward = {1, 35, 36, 40};
  constexpr LstmPlaces kBackward = {18, 37, 38, 44};
  const auto& options = c.Options<schema::BidirectionalSequenceLSTMOptions>();
  ops::LstmAttrs attrs;
  if (!MapActivationOf(c, options.fused_activation_function(), attrs.activation)) return;
  attrs.cell_clip = options.cell_clip();
  attrs.proj_clip = options.proj_clip();
  attrs.is_time_major = options.time_major();
  attrs.asymmetric_inputs = options.asymmetric_quantize_inputs();
  const Sources sources = SourcesOf(c, kAux, c.Has(kForward.aux + ops::kForgetGate));
  const ValueId forward = LstmDirection(c, attrs, kForward, sources.forward, sources.aux);
  attrs.is_reversed = true;
  const ValueId backward = LstmDirection(c, attrs, kBackward, sources.backward, sources.aux);
  GiveOutputs(c, forward, backward, options.merge_outputs());
}

// `first`: the direction's W, R, bias and h.
ValueId RnnDirection(OperatorContext& c, const ops::RnnAttrs& attrs, size_t first, size_t aux_weights, ValueId x,
                     ValueId aux) {
  std::vector<ValueId> inputs = {x, c.In(first), c.In(first + 1), c.In(first + 2), c.In(first + 3)};
  if (aux != kNoValue) inputs.insert(inputs.end(), {aux, c.In(aux_weights)});
  const std::vector<ValueId> outputs = c.b.Ops(ops::ids::kRnn, attrs, std::move(inputs), 2);
  c.Remember(first + 3, outputs[1]);
  return outputs[0];
}

void BidirectionalRnn(OperatorContext& c) {
  constexpr size_t kForward = 1;
  constexpr size_t kBackward = 5;
  constexpr size_t kAux = 9;
  constexpr size_t kForwardAux = 10;
  constexpr size_t kBackwardAux = 11;
  const auto& options = c.Options<schema::BidirectionalSequenceRNNOptions>();
  ops::RnnAttrs attrs;
  if (!MapActivationOf(c, options.fused_activation_function(), attrs.activation)) return;
  attrs.is_time_major = options.time_major();
  attrs.asymmetric_inputs = options.asymmetric_quantize_inputs();
  const Sources sources = SourcesOf(c, kAux, c.Has(kForwardAux));
  const ValueId forward = RnnDirection(c, attrs, kForward, kForwardAux, sources.forward, sources.aux);
  attrs.is_reversed = true;
  const ValueId backward = RnnDirection(c, attrs, kBackward, kBackwardAux, sources.backward, sources.aux);
  GiveOutputs(c, forward, backward, options.merge_outputs());
}

constexpr Converter kTable[] = {
    {BuiltinOperator::BIDIRECTIONAL_SEQUENCE_LSTM, BidirectionalLstm, Quantised::kAny},
    {BuiltinOperator::BIDIRECTIONAL_SEQUENCE_RNN, BidirectionalRnn, Quantised::kAny},
};

}  // namespace

std::span<const Converter> RecurrentConverters() { return kTable; }

}  // namespace verge::tflite
