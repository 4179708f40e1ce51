#include "import/tflite/convert/tables.h"

namespace verge::tflite {

std::span<const std::span<const Converter>> AllConverters() {
  static const std::span<const Converter> kTables[] = {
      ElementwiseConverters(), ShapeConverters(),     IndexingConverters(),  WindowConverters(),
      MatrixConverters(),      DetectionConverters(), RecurrentConverters(), SignalConverters(),
  };
  return kTables;
}

}  // namespace verge::tflite
