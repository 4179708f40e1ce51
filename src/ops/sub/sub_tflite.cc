#include "import/tflite/mapping.h"
#include "ops/sub/sub.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::SubOptions>(from));
  auto& a = node.attrs.As<SubAttrs>();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::SUB, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kSubTflite = kMappings;

}  // namespace verge::ops
