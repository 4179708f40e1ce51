#include <cstring>

#include "import/tflite/mapping.h"
#include "ops/elem.h"
#include "ops/pad/pad.h"
#include "ops/quant.h"

namespace verge::ops {
namespace {

// Whole numbers beyond 2^24 are not all f32 values.
Status SetBorder(const ir::Value& x, const ir::Value& value, PadAttrs& a) {
  if (!value.is_constant() || value.dtype != x.dtype || value.shape.elems() != 1) {
    return VERGE_ERROR(kUnsupported, std::string("has a border value that is not one constant ") + DTypeName(x.dtype));
  }
  bool is_exact = true;
  Dispatch(value.dtype, [&]<typename T>() {
    T stored;
    std::memcpy(&stored, value.constant->data(), sizeof(T));
    a.value = static_cast<float>(static_cast<Compute<T>>(stored));
    is_exact = static_cast<double>(a.value) == static_cast<double>(static_cast<Compute<T>>(stored));
  });
  if (is_exact) return Status::Ok();
  return VERGE_ERROR(kUnsupported, "has a border value that f32 cannot hold");
}

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
  if (IsQuantised(x->type())) a.value = static_cast<float>(ScaleOf(x->type()).zero_point);
  if (node.inputs.size() == 3) {
    VERGE_TRY_ASSIGN(const ir::Value* value, tflite::InputValue(from, node, 2, "constant_values"));
    VERGE_TRY(SetBorder(*x, *value, a));
  }
  node.inputs.resize(1);
  return Status::Ok();
}

constexpr tflite::Mapping kMappings[] = {{tflite::schema::BuiltinOperator::PAD, Map, {}, true},
                                         {tflite::schema::BuiltinOperator::PADV2, Map, {}, true}};

}  // namespace

extern const std::span<const tflite::Mapping> kPadTflite = kMappings;

}  // namespace verge::ops
