#include "import/tflite/cell.h"
#include "import/tflite/mapping.h"
#include "ops/lstm/lstm.h"

namespace verge::ops {
namespace {

// The scales of the gates before layer normalisation, and the quantisation of m.
void MapIntermediates(const tflite::OperatorView& from, LstmAttrs& a) {
  const auto scale = [&](size_t i) {
    return i < from.intermediates.size() && !from.intermediates[i].scales.empty() ? from.intermediates[i].scales[0]
                                                                                  : 0.0f;
  };
  a.gate_scale_input = scale(kInputGate);
  a.gate_scale_forget = scale(kForgetGate);
  a.gate_scale_cell = scale(kCellGate);
  a.gate_scale_output = scale(kOutputGate);
  a.hidden_scale = scale(kLstmGates);
  if (a.hidden_scale > 0.0f) a.hidden_zero = from.intermediates[kLstmGates].zero_points[0];
}

template <typename Options>
Status MapShared(const tflite::OperatorView& from, const Options& options, ir::Node& node) {
  if (node.inputs.size() != kLstmNorm && node.inputs.size() != kLstmAux) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(node.inputs.size()) + " inputs, wants 20 or 24");
  }
  auto& a = node.attrs.As<LstmAttrs>();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapCellActivation(options.fused_activation_function()));
  a.cell_clip = options.cell_clip();
  a.proj_clip = options.proj_clip();
  a.asymmetric_inputs = options.asymmetric_quantize_inputs();
  MapIntermediates(from, a);
  return Status::Ok();
}

Status MapSequence(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::UnidirectionalSequenceLSTMOptions>(from));
  if (options->diagonal_recurrent_tensors()) {
    return VERGE_ERROR(kUnsupported, "has diagonal recurrent weights; export the model with full matrices");
  }
  node.attrs.As<LstmAttrs>().is_time_major = options->time_major();
  return MapShared(from, *options, node);
}

Status MapStep(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::LSTMOptions>(from));
  if (options->kernel_type() != tflite::schema::LSTMKernelType::FULL) {
    return VERGE_ERROR(kUnsupported,
                       "is of the kernel type BASIC, which converters since 2018 do not write; convert "
                       "the model again");
  }
  return MapShared(from, *options, node);
}

constexpr size_t kStates[] = {kLstmH, kLstmC};
constexpr tflite::Mapping kMappings[] = {
    {tflite::schema::BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_LSTM, MapSequence, kStates},
    {tflite::schema::BuiltinOperator::LSTM, MapStep, kStates},
};

}  // namespace

extern const std::span<const tflite::Mapping> kLstmTflite = kMappings;

}  // namespace verge::ops
