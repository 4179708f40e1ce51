#include "import/tflite/mapping.h"
#include "ops/cast/cast.h"

namespace verge::ops {
namespace {

// The output tensor says to which type; the options repeat it.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  if (node.outputs.size() != 1) return VERGE_ERROR(kDataLoss, "has not one output");
  node.attrs.As<CastAttrs>().to = static_cast<int32_t>(from.graph.value(node.outputs[0]).dtype);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::CAST, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kCastTflite = kMappings;

}  // namespace verge::ops
