#include <algorithm>
#include <array>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {

const Converter* FindConverter(std::string_view op) {
  static const std::array kTables = {kControlConverters,   kConvolutionConverters,   kElementwiseConverters,
                                     kImageConverters,     kIndexingConverters,      kLossConverters,
                                     kMatrixConverters,    kNormalisationConverters, kQuantisedConverters,
                                     kRecurrentConverters, kReductionConverters,     kSequenceConverters,
                                     kShapeConverters,     kSignalConverters,        kTextConverters};
  for (const std::span<const Converter> table : kTables) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const Converter& row) { return row.op == op; });
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

}  // namespace verge::onnx
