#include "import/tflite/mapping.h"
#include "ops/mul/mul.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::MulOptions>(from));
  auto& a = node.attrs.As<MulAttrs>();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::MUL, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kMulTflite = kMappings;

}  // namespace verge::ops
