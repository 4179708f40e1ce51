#include "import/tflite/mapping.h"
#include "ops/unary/unary.h"

namespace verge::ops {
namespace {

template <UnaryKind kKind>
Status Map(const tflite::OperatorView& /*from*/, ir::Node& node) {
  auto& a = node.attrs.As<UnaryAttrs>();
  a.kind = static_cast<int32_t>(kKind);
  if (kKind == UnaryKind::kElu) a.alpha = 1.0f;  // the format has no other
  return Status::Ok();
}

Status MapLeakyRelu(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::LeakyReluOptions>(from));
  auto& a = node.attrs.As<UnaryAttrs>();
  a.kind = static_cast<int32_t>(UnaryKind::kLeakyRelu);
  a.alpha = options->alpha();
  return Status::Ok();
}

using tflite::schema::BuiltinOperator;
constexpr tflite::Mapping kMappings[] = {
    {BuiltinOperator::ABS, Map<UnaryKind::kAbs>},   {BuiltinOperator::CEIL, Map<UnaryKind::kCeil>},
    {BuiltinOperator::COS, Map<UnaryKind::kCos>},   {BuiltinOperator::ELU, Map<UnaryKind::kElu>},
    {BuiltinOperator::EXP, Map<UnaryKind::kExp>},   {BuiltinOperator::FLOOR, Map<UnaryKind::kFloor>},
    {BuiltinOperator::LOG, Map<UnaryKind::kLog>},   {BuiltinOperator::HARD_SWISH, Map<UnaryKind::kHardSwish>},
    {BuiltinOperator::NEG, Map<UnaryKind::kNeg>},   {BuiltinOperator::ROUND, Map<UnaryKind::kRound>},
    {BuiltinOperator::SIN, Map<UnaryKind::kSin>},   {BuiltinOperator::SQRT, Map<UnaryKind::kSqrt>},
    {BuiltinOperator::TANH, Map<UnaryKind::kTanh>}, {BuiltinOperator::RELU_N1_TO_1, Map<UnaryKind::kReluN1To1>},
    {BuiltinOperator::LEAKY_RELU, MapLeakyRelu},
};

}  // namespace

extern const std::span<const tflite::Mapping> kUnaryTflite = kMappings;

}  // namespace verge::ops
