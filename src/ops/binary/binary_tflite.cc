#include "import/tflite/mapping.h"
#include "ops/binary/binary.h"

namespace verge::ops {
namespace {

template <BinaryKind kKind>
Status Map(const tflite::OperatorView& /*from*/, ir::Node& node) {
  node.attrs.As<BinaryAttrs>().kind = static_cast<int32_t>(kKind);
  return Status::Ok();
}

Status MapDiv(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::DivOptions>(from));
  if (options->fused_activation_function() != tflite::schema::ActivationFunctionType::NONE) {
    return VERGE_ERROR(kUnsupported, "has a fused activation; a division with one is not supported");
  }
  return Map<BinaryKind::kDiv>(from, node);
}

using tflite::schema::BuiltinOperator;
constexpr tflite::Mapping kMappings[] = {
    {BuiltinOperator::DIV, MapDiv},
    {BuiltinOperator::MAXIMUM, Map<BinaryKind::kMax>},
    {BuiltinOperator::MINIMUM, Map<BinaryKind::kMin>},
    {BuiltinOperator::POW, Map<BinaryKind::kPow>},
    {BuiltinOperator::PRELU, Map<BinaryKind::kPrelu>},
};

}  // namespace

extern const std::span<const tflite::Mapping> kBinaryTflite = kMappings;

}  // namespace verge::ops
