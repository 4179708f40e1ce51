// pad(x, zeros around height and width) -> conv2d or depthwise_conv2d with that much more explicit padding.
// Only when the convolution is the border's only reader: otherwise the border has to be made anyway.
#include <algorithm>

#include "ops/conv2d/conv2d.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "opt/rewriter.h"

namespace verge::opt {
namespace {

// Height and width alone get a border, and it is of zeros (what the zero point stands for, in a quantised tensor).
bool IsImageBorder(const ops::PadAttrs& pad, const ir::Value& x) {
  const float zero = x.quant.zero_points.empty() ? 0.0f : static_cast<float>(x.quant.zero_points[0]);
  return pad.before.size == 4 && pad.value == zero && pad.before.values[0] == 0 && pad.after.values[0] == 0 &&
         pad.before.values[3] == 0 && pad.after.values[3] == 0;
}

// False when the sum passes what the attribute may hold.
template <typename Attrs>
bool AddPadding(const ops::PadAttrs& pad, Attrs& conv) {
  const int64_t top = conv.pad_top + pad.before.values[1];
  const int64_t bottom = conv.pad_bottom + pad.after.values[1];
  const int64_t left = conv.pad_left + pad.before.values[2];
  const int64_t right = conv.pad_right + pad.after.values[2];
  if (std::max({top, bottom, left, right}) > ops::kMaxWindow) return false;
  conv.pad_top = top;
  conv.pad_bottom = bottom;
  conv.pad_left = left;
  conv.pad_right = right;
  return true;
}

bool Fold(const ops::PadAttrs& pad, ir::Node& conv) {
  if (conv.op == ops::ids::kConv2d) return AddPadding(pad, conv.attrs.As<ops::Conv2dAttrs>());
  if (conv.op == ops::ids::kDepthwiseConv2d) return AddPadding(pad, conv.attrs.As<ops::DepthwiseConv2dAttrs>());
  return false;
}

}  // namespace

Result<PassReport> FoldPad(ir::Graph& graph) {
  Rewriter r(graph);
  return r.Run([&](ir::Node& conv) {
    const ir::Node* pad = conv.inputs.empty() ? nullptr : r.Maker(conv.inputs[0], ops::ids::kPad);
    if (pad == nullptr || !r.IsReadOnce(conv.inputs[0])) return Status::Ok();
    const auto& border = pad->attrs.As<ops::PadAttrs>();
    const ir::ValueId x = r.In(*pad, 0);
    if (!IsImageBorder(border, r.value(x)) || !Fold(border, conv)) return Status::Ok();
    r.Note(Label(*pad) + " into " + Label(conv));
    conv.inputs[0] = x;
    return Status::Ok();
  });
}

}  // namespace verge::opt
