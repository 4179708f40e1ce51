#include "import/tflite/mapping.h"
#include "ops/reshape/reshape.h"

namespace verge::ops {
namespace {

// The target is input 1, or in older files an option.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 1, 2));
  std::vector<int64_t> target;
  if (node.inputs.size() == 2) {
    VERGE_TRY_ASSIGN(target, tflite::ConstantInts(from, node, 1, "shape"));
    node.inputs.resize(1);
  } else {
    VERGE_TRY_ASSIGN(const auto* options, tflite::Options<tflite::schema::ReshapeOptions>(from));
    if (options->new_shape() == nullptr) return VERGE_ERROR(kDataLoss, "has no target shape");
    target.assign(options->new_shape()->begin(), options->new_shape()->end());
  }
  if (target.size() > static_cast<size_t>(Shape::kMaxRank)) {
    return VERGE_ERROR(kUnsupported, "has a target of " + std::to_string(target.size()) + " dimensions, supported are 8");
  }
  IntList& shape = node.attrs.As<ReshapeAttrs>().shape;
  for (const int64_t d : target) shape.values[static_cast<size_t>(shape.size++)] = d;
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::RESHAPE, Map}};

}  // namespace

extern const std::span<const tflite::Mapping> kReshapeTflite = kMappings;

}  // namespace verge::ops
