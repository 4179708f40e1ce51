#include "import/tflite/mapping.h"
#include "ops/add/add.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::AddOptions>(from));
  auto& a = node.attrs.As<AddAttrs>();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapActivation(options->fused_activation_function()));
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::ADD, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kAddTflite = kMappings;

}  // namespace verge::ops
