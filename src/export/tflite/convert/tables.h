// The families of converters; each file of this folder holds one table, one row an op.
#pragma once

#include <span>

#include "export/tflite/emitter.h"

namespace verge::to_tflite {

extern const std::span<const Converter> kAttentionConverters;
extern const std::span<const Converter> kElementwiseConverters;
extern const std::span<const Converter> kNormalisationConverters;
extern const std::span<const Converter> kShapeConverters;
extern const std::span<const Converter> kWindowConverters;

}  // namespace verge::to_tflite
