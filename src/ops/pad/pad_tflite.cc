#include <cstring>

#include "import/tflite/mapping.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

// Input 1 holds [before, after] of each dimension; PADV2 adds input 2, the value of the border.
Status Map(const tflite::OperatorView& from, ir::Node& node) {
  VERGE_TRY(tflite::CheckInputCount(node, 2, 3));
  VERGE_TRY_ASSIGN(const ir::Value* x, tflite::InputValue(from, node, 0, "x"));
  VERGE_TRY_ASSIGN(const std::vector<int64_t> widths, tflite::ConstantInts(from, node, 1, "paddings"));
  const auto rank = static_cast<size_t>(x->shape.rank());
  if (widths.size() != 2 * rank) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(widths.size()) + " paddings, wants two a dimension of " +
                                      ToString(x->shape));
  }
  auto& a = node.attrs.As<PadAttrs>();
  a.before.size = a.after.size = static_cast<int32_t>(rank);
  for (size_t d = 0; d < rank; ++d) {
    a.before.values[d] = widths[2 * d];
    a.after.values[d] = widths[2 * d + 1];
  }
  if (node.inputs.size() == 3) {
    VERGE_TRY_ASSIGN(const ir::Value* value, tflite::InputValue(from, node, 2, "constant_values"));
    if (!value->is_constant() || value->dtype != DType::kF32 || value->shape.elems() != 1) {
      return VERGE_ERROR(kUnsupported, "has a border value that is not one constant f32");
    }
    std::memcpy(&a.value, value->constant->data(), sizeof(float));
  }
  node.inputs.resize(1);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::PAD, Map, {}, true},
                                         {tflite::schema::BuiltinOperator::PADV2, Map, {}, true}};

}  // namespace

extern const std::span<const tflite::Mapping> kPadTflite = kMappings;

}  // namespace verge::ops
