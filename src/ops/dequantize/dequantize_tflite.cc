#include "import/tflite/mapping.h"

namespace verge::ops {
namespace {

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::DEQUANTIZE, tflite::MapNothing}};

}  // namespace

extern const std::span<const tflite::Mapping> kDequantizeTflite = kMappings;

}  // namespace verge::ops
