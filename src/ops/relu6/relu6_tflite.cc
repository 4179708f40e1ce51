#include "import/tflite/mapping.h"

namespace verge::ops {
namespace {

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::RELU6, tflite::MapNothing}};

}  // namespace

extern const std::span<const tflite::Mapping> kRelu6Tflite = kMappings;

}  // namespace verge::ops
