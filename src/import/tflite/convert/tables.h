// The families of converters: one constant table a file.
#pragma once

#include "import/tflite/context.h"

namespace verge::tflite {

std::span<const Converter> ElementwiseConverters();
std::span<const Converter> ShapeConverters();
std::span<const Converter> IndexingConverters();
std::span<const Converter> WindowConverters();
std::span<const Converter> MatrixConverters();
std::span<const Converter> DetectionConverters();
std::span<const Converter> RecurrentConverters();
std::span<const Converter> SignalConverters();
std::span<const Converter> StablehloConverters();

}  // namespace verge::tflite
