// The mapping that max_pool2d and avg_pool2d share.
#pragma once

#include "import/tflite/mapping.h"

namespace verge::tflite {

Status MapPool(const OperatorView& from, ir::Node& node);

}  // namespace verge::tflite
