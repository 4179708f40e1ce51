#include "import/tflite/mapping.h"

namespace verge::ops {
namespace {

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::LOGISTIC, tflite::MapNothing}};

}  // namespace

extern const std::span<const tflite::Mapping> kLogisticTflite = kMappings;

}  // namespace verge::ops
