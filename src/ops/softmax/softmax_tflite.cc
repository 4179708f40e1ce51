#include "import/tflite/mapping.h"
#include "ops/softmax/softmax.h"

namespace verge::ops {
namespace {

// Along the last axis, always.
Status MapSoftmax(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::SoftmaxOptions>(from));
  node.attrs.As<SoftmaxAttrs>().axis = -1;
  node.attrs.As<SoftmaxAttrs>().beta = options->beta();
  return Status::Ok();
}

Status MapLogSoftmax(const tflite::OperatorView& /*from*/, ir::Node& node) {
  auto& a = node.attrs.As<SoftmaxAttrs>();
  a.kind = static_cast<int32_t>(SoftmaxKind::kLogSoftmax);
  a.axis = -1;
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::SOFTMAX, MapSoftmax},
                                         {tflite::schema::BuiltinOperator::LOG_SOFTMAX, MapLogSoftmax}};

}  // namespace

extern const std::span<const tflite::Mapping> kSoftmaxTflite = kMappings;

}  // namespace verge::ops
