#include "import/tflite/mapping.h"
#include "ops/binary/binary.h"

namespace verge::ops {
namespace {

template <BinaryKind kKind>
Status Map(const tflite::OperatorView& /*from*/, ir::Node& node) {
  node.attrs.As<BinaryAttrs>().kind = static_cast<int32_t>(kKind);
  return Status::Ok();
}

using tflite::schema::BuiltinOperator;
constexpr tflite::Mapping kMappings[] = {
    {BuiltinOperator::MAXIMUM, Map<BinaryKind::kMax>, {}, true},
    {BuiltinOperator::MINIMUM, Map<BinaryKind::kMin>, {}, true},
    {BuiltinOperator::POW, Map<BinaryKind::kPow>},
    {BuiltinOperator::PRELU, Map<BinaryKind::kPrelu>},
};

}  // namespace

extern const std::span<const tflite::Mapping> kBinaryTflite = kMappings;

}  // namespace verge::ops
