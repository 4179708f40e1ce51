#include "import/tflite/mapping.h"

namespace verge::ops {
namespace {

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::RELU, tflite::MapNothing}};

}  // namespace

extern const std::span<const tflite::Mapping> kReluTflite = kMappings;

}  // namespace verge::ops
