#include "import/tflite/mapping.h"

#include <algorithm>
#include <cstring>

#include "ops/activation.h"
#include "ops/rule_checks.h"

namespace verge::tflite {

Result<int32_t> MapActivation(schema::ActivationFunctionType activation) {
  switch (activation) {
    case schema::ActivationFunctionType::NONE: return static_cast<int32_t>(ops::kNoActivation);
    case schema::ActivationFunctionType::RELU: return static_cast<int32_t>(ops::kActivationRelu);
    case schema::ActivationFunctionType::RELU6: return static_cast<int32_t>(ops::kActivationRelu6);
    // Not clamps: the importer lets them follow as nodes of their own.
    case schema::ActivationFunctionType::TANH:
    case schema::ActivationFunctionType::SIGN_BIT: return static_cast<int32_t>(ops::kNoActivation);
    case schema::ActivationFunctionType::RELU_N1_TO_1: return static_cast<int32_t>(ops::kActivationReluN1To1);
    default: break;
  }
  return VERGE_ERROR(kUnsupported, "has the fused activation " + std::to_string(static_cast<int>(activation)) + " (" +
                                       schema::EnumNameActivationFunctionType(activation) +
                                       "); supported are NONE, RELU, RELU6 and RELU_N1_TO_1");
}

schema::ActivationFunctionType TrailingActivation(const schema::Operator& op) {
  using schema::ActivationFunctionType;
  if (const auto* concat = op.builtin_options_as_ConcatenationOptions()) return concat->fused_activation_function();
  ActivationFunctionType fused = ActivationFunctionType::NONE;
  if (const auto* conv = op.builtin_options_as_Conv2DOptions()) fused = conv->fused_activation_function();
  if (const auto* conv = op.builtin_options_as_DepthwiseConv2DOptions()) fused = conv->fused_activation_function();
  if (const auto* pool = op.builtin_options_as_Pool2DOptions()) fused = pool->fused_activation_function();
  if (const auto* add = op.builtin_options_as_AddOptions()) fused = add->fused_activation_function();
  if (const auto* sub = op.builtin_options_as_SubOptions()) fused = sub->fused_activation_function();
  if (const auto* layer = op.builtin_options_as_FullyConnectedOptions()) fused = layer->fused_activation_function();
  if (const auto* mul = op.builtin_options_as_MulOptions()) fused = mul->fused_activation_function();
  const bool is_clamp = fused != ActivationFunctionType::TANH && fused != ActivationFunctionType::SIGN_BIT;
  return is_clamp ? ActivationFunctionType::NONE : fused;
}

Result<Padding1d> MapPadding(schema::Padding padding, int64_t in, int64_t kernel, int64_t stride, int64_t dilation) {
  for (const int64_t number : {kernel, stride, dilation}) {
    if (number < 1 || number > ops::kMaxWindow) {
      return VERGE_ERROR(kDataLoss, "has a filter size, stride or dilation of " + std::to_string(number) +
                                        ", wants 1 to " + std::to_string(ops::kMaxWindow));
    }
  }
  if (padding == schema::Padding::VALID) return Padding1d{};
  if (padding != schema::Padding::SAME) {
    return VERGE_ERROR(kDataLoss, "has the unknown padding " + std::to_string(static_cast<int>(padding)));
  }
  const int64_t out = (in + stride - 1) / stride;
  const int64_t window = (kernel - 1) * dilation + 1;
  const int64_t total = std::max<int64_t>((out - 1) * stride + window - in, 0);
  return Padding1d{total / 2, total - total / 2};
}

Result<const ir::Value*> InputValue(const OperatorView& from, const ir::Node& node, size_t i, const char* name) {
  if (i < node.inputs.size() && node.inputs[i] != ir::kNoValue) return &from.graph.value(node.inputs[i]);
  return VERGE_ERROR(kDataLoss, ops::InputLabel(static_cast<int>(i), name) + " is required and missing");
}

Result<std::vector<int64_t>> ConstantInts(const OperatorView& from, const ir::Node& node, size_t i, const char* name) {
  VERGE_TRY_ASSIGN(const ir::Value* value, InputValue(from, node, i, name));
  const std::string label = ops::InputLabel(static_cast<int>(i), name);
  if (!value->is_constant()) {
    return VERGE_ERROR(kUnsupported, label + " is computed at run time; it must be a constant");
  }
  const size_t count = value->shape.elems();
  if ((value->dtype != DType::kI32 && value->dtype != DType::kI64) || count > ops::IntList::kCapacity) {
    return VERGE_ERROR(kDataLoss, label + " is " + DTypeName(value->dtype) + ToString(value->shape) +
                                      ", wants at most " + std::to_string(ops::IntList::kCapacity) +
                                      " numbers of type i32 or i64");
  }
  std::vector<int64_t> out(count);
  for (size_t k = 0; k < count; ++k) {
    if (value->dtype == DType::kI64) {
      std::memcpy(&out[k], value->constant->data() + k * sizeof(int64_t), sizeof(int64_t));
    } else {
      int32_t number = 0;
      std::memcpy(&number, value->constant->data() + k * sizeof(int32_t), sizeof(int32_t));
      out[k] = number;
    }
  }
  return out;
}

Status CheckInputCount(const ir::Node& node, size_t min, size_t max) {
  if (node.inputs.size() >= min && node.inputs.size() <= max) return Status::Ok();
  return VERGE_ERROR(kDataLoss, "has " + std::to_string(node.inputs.size()) + " inputs, wants " + std::to_string(min) +
                                    (max > min ? " to " + std::to_string(max) : std::string()));
}

Status MapNothing(const OperatorView& /*from*/, ir::Node& /*node*/) { return Status::Ok(); }

}  // namespace verge::tflite
