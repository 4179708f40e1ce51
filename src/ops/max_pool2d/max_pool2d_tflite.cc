#include "import/tflite/mapping.h"
#include "import/tflite/pool.h"

namespace verge::ops {
namespace {

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::MAX_POOL_2D, tflite::MapPool}};

}  // namespace

extern const std::span<const tflite::Mapping> kMaxPool2dTflite = kMappings;

}  // namespace verge::ops
