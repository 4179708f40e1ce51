#include "import/tflite/mapping.h"
#include "ops/fully_connected/fully_connected.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::FullyConnectedOptions>(from));
  if (options->weights_format() != tflite::schema::FullyConnectedOptionsWeightsFormat::DEFAULT) {
    return VERGE_ERROR(kUnsupported, "has shuffled weights (format " +
                                         std::to_string(static_cast<int>(options->weights_format())) +
                                         "); convert the model with the default format");
  }
  auto& a = node.attrs.As<FullyConnectedAttrs>();
  a.keep_num_dims = options->keep_num_dims();
  a.asymmetric_inputs = options->asymmetric_quantize_inputs();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::FULLY_CONNECTED, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kFullyConnectedTflite = kMappings;

}  // namespace verge::ops
