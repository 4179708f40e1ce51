#include "import/tflite/cell.h"
#include "import/tflite/mapping.h"
#include "ops/svdf/svdf.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::SVDFOptions>(from));
  VERGE_TRY(tflite::CheckInputCount(node, kSvdfMemory + 1, kSvdfMemory + 1));
  auto& a = node.attrs.As<SvdfAttrs>();
  a.rank = options->rank();
  VERGE_TRY_ASSIGN(a.activation, tflite::MapCellActivation(options->fused_activation_function()));
  a.asymmetric_inputs = options->asymmetric_quantize_inputs();
  return Status::Ok();
}

constexpr size_t kStates[] = {kSvdfMemory};
constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::SVDF, Map, kStates}};

}  // namespace

extern const std::span<const tflite::Mapping> kSvdfTflite = kMappings;

}  // namespace verge::ops
