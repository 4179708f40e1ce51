#include "import/tflite/mapping.h"
#include "ops/concat/concat.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::ConcatenationOptions>(from));
  node.attrs.As<ConcatAttrs>().axis = options->axis();
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::CONCATENATION, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kConcatTflite = kMappings;

}  // namespace verge::ops
