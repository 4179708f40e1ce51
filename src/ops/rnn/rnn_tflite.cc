#include "import/tflite/cell.h"
#include "import/tflite/mapping.h"
#include "ops/rnn/rnn.h"

namespace verge::ops {
namespace {

template <typename Options>
Status MapShared(const Options& options, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, kRnnAux, kRnnAux));
  auto& a = node.attrs.As<RnnAttrs>();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapCellActivation(options.fused_activation_function()));
  a.asymmetric_inputs = options.asymmetric_quantize_inputs();
  return Status::Ok();
}

Status MapStep(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::RNNOptions>(from));
  return MapShared(*options, node);
}

Status MapSequence(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::SequenceRNNOptions>(from));
  node.attrs.As<RnnAttrs>().is_time_major = options->time_major();
  return MapShared(*options, node);
}

constexpr size_t kStates[] = {kRnnH};
constexpr tflite::Mapping kMappings[] = {
    {tflite::schema::BuiltinOperator::RNN, MapStep, kStates},
    {tflite::schema::BuiltinOperator::UNIDIRECTIONAL_SEQUENCE_RNN, MapSequence, kStates},
};

}  // namespace

extern const std::span<const tflite::Mapping> kRnnTflite = kMappings;

}  // namespace verge::ops
