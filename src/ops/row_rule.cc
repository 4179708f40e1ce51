#include "ops/row_rule.h"

#include <algorithm>

#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/op_ids.h"
#include "ops/pool.h"

namespace verge::ops {
namespace {

bool IsImage(const Shape& shape) { return shape.rank() == 4 && shape[0] == 1 && shape.elems() > 0; }

bool IsElementwise(OpId op) {
  constexpr OpId kOps[] = {ids::kAdd, ids::kSub, ids::kMul, ids::kUnary, ids::kLogistic, ids::kRelu, ids::kRelu6};
  return std::ranges::find(kOps, op) != std::end(kOps);
}

template <typename Attrs>
RowRule WindowRule(const Attrs& a, int64_t height, int64_t dilation) {
  return {a.stride_h, (height - 1) * dilation + 1, a.pad_top, true};
}

// Products of more than one row and no stride stay whole: the time they take is in their products, and the kernels of
// Winograd's method compute four rows together.
std::optional<RowRule> ConvolutionRule(const OpAttrs& attrs, const Shape& w) {
  const auto& a = attrs.As<Conv2dAttrs>();
  if (w[1] > 1 && a.stride_h == 1) return std::nullopt;
  return WindowRule(a, w[1], a.dilation_h);
}

// f32 inputs with 8-bit weights: the input is quantised by the range of the whole image.
bool IsHybrid(std::span<const TensorType> inputs) {
  return inputs[0].dtype != inputs[1].dtype && !inputs[0].quant.is_quantised();
}

template <typename Attrs>
void SetPadding(int64_t top, OpAttrs& attrs) {
  attrs.As<Attrs>().pad_top = top;
}

std::optional<RowRule> WindowRuleOf(OpId op, const OpAttrs& attrs, std::span<const TensorType> inputs) {
  if (op == ids::kMaxPool2d || op == ids::kAvgPool2d) {
    const auto& a = attrs.As<PoolAttrs>();
    return WindowRule(a, a.filter_h, 1);
  }
  if (op != ids::kConv2d && op != ids::kDepthwiseConv2d) return std::nullopt;
  if (IsHybrid(inputs)) return std::nullopt;
  if (op == ids::kConv2d) return ConvolutionRule(attrs, inputs[1].shape);
  const auto& a = attrs.As<DepthwiseConv2dAttrs>();
  return WindowRule(a, inputs[1].shape[1], a.dilation_h);
}

// Whether the first and the last row of the output see a row of the input: those between do so then.
bool SeesInput(const RowRule& rule, int64_t in_rows, int64_t out_rows) {
  return rule.pad_top < rule.reach && (out_rows - 1) * rule.stride - rule.pad_top < in_rows;
}

}  // namespace

int RowDimension(const Shape& shape) { return shape.rank() - 3; }

bool HasRowsOf(const Shape& input, const Shape& output) {
  return input.rank() >= 3 && input.rank() <= 4 && input[RowDimension(input)] == output[1] && output[1] > 1;
}

std::optional<RowRule> RowRuleOf(OpId op, const OpAttrs& attrs, std::span<const TensorType> inputs, size_t linked,
                                 const TensorType& output) {
  const Shape& x = inputs[linked].shape;
  if (!IsImage(x) || !IsImage(output.shape)) return std::nullopt;
  if (IsElementwise(op)) return x == output.shape ? std::optional(RowRule{}) : std::nullopt;
  if (linked != 0) return std::nullopt;
  const std::optional<RowRule> rule = WindowRuleOf(op, attrs, inputs);
  return rule && SeesInput(*rule, x[1], output.shape[1]) ? rule : std::nullopt;
}

RowSpan RowsRead(const RowRule& rule, RowSpan rows, int64_t height) {
  const int64_t begin = std::clamp<int64_t>(rows.begin * rule.stride - rule.pad_top, 0, height);
  const int64_t end = std::clamp<int64_t>((rows.end - 1) * rule.stride - rule.pad_top + rule.reach, begin, height);
  return {begin, end};
}

void SetRowPadding(OpId op, const RowRule& rule, RowSpan rows, OpAttrs& attrs) {
  if (!rule.is_window) return;
  const int64_t top = std::max<int64_t>(rule.pad_top - rows.begin * rule.stride, 0);
  if (op == ids::kConv2d) return SetPadding<Conv2dAttrs>(top, attrs);
  if (op == ids::kDepthwiseConv2d) return SetPadding<DepthwiseConv2dAttrs>(top, attrs);
  SetPadding<PoolAttrs>(top, attrs);
}

}  // namespace verge::ops
