#include "import/tflite/mapping.h"
#include "ops/quantize/quantize.h"

namespace verge::ops {
namespace {

// The type is that of the output in the file.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  const DType dtype = from.graph.value(node.outputs.at(0)).dtype;
  for (size_t i = 0; i < std::size(kQuantizedNames); ++i) {
    if (DTypeName(dtype) != std::string_view(kQuantizedNames[i])) continue;
    node.attrs.As<QuantizeAttrs>().dtype = static_cast<int32_t>(i);
    return Status::Ok();
  }
  return VERGE_ERROR(kUnsupported, std::string("makes ") + DTypeName(dtype) + "; supported are i8, u8 and i16");
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::QUANTIZE, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kQuantizeTflite = kMappings;

}  // namespace verge::ops
