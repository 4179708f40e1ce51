#include "import/tflite/mapping.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 2, 2));
  VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::ResizeBilinearOptions>(from));
  VERGE_TRY_ASSIGN(const std::vector<int64_t> size, tflite::ConstantInts(from, node, 1, "size"));
  if (size.size() != 2) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(size.size()) + " sizes, wants height and width");
  }
  auto& a = node.attrs.As<ResizeBilinearAttrs>();
  a.height = size[0];
  a.width = size[1];
  a.align_corners = options->align_corners();
  a.half_pixel_centers = options->half_pixel_centers();
  node.inputs.resize(1);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::RESIZE_BILINEAR, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kResizeBilinearTflite = kMappings;

}  // namespace verge::ops
