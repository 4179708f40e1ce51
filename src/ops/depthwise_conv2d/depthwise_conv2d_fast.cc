#include "kernels/dwconv_image_f32.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/fast_kernels.h"
#include "ops/window_shape.h"

namespace verge::ops {
namespace {

kernels::DwImageF32Shape ShapeOf(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
  const auto& a = attrs.As<DepthwiseConv2dAttrs>();
  const ActivationRange range = RangeOf(a.activation);
  kernels::DwImageF32Shape s;
  SetWindow(a, x, w, y, s);
  s.channels = Dim(y, 3);
  s.lo = range.lo;
  s.hi = range.hi;
  return s;
}

kernels::DwImageF32Shape ShapeOf(const PrepareArgs& args) {
  return ShapeOf(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape);
}

bool HasBias(const PrepareArgs& args) { return args.inputs.size() > 2 && args.inputs[2].is_present; }

template <const kernels::DwConvF32Table& kTable>
struct DepthwiseConv2dKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const Shape& w = args.inputs[1].type.shape;
    return IsFloatLayer(args) && IsUsable(kTable, args) && w[3] == args.inputs[0].type.shape[3] &&
           Dim(w, 1) <= kernels::kMaxDwRows && args.inputs[1].constant != nullptr &&
           (!HasBias(args) || args.inputs[2].constant != nullptr);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::DwImageF32Shape s = ShapeOf(args);
    const auto packed = kernels::DwImageF32PackedBytes(kTable, s);
    if (!packed) return VERGE_ERROR(kResourceExhausted, "depthwise_conv2d: the packed weights overflow memory");
    return KernelNeeds{.packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto* bias = HasBias(args) ? static_cast<const float*>(args.inputs[2].constant) : nullptr;
    kernels::PackDwImageF32(kTable, ShapeOf(args), static_cast<const float*>(args.inputs[1].constant), bias,
                            packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const kernels::DwImageF32Shape s =
        ShapeOf(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
    kernels::RunDwImageF32(kTable, s, args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(),
                           args.parallel);
  }
};

}  // namespace

extern const Kernel kDepthwiseConv2dInt;  // depthwise_conv2d_int_fast.cc
VERGE_DECLARE_INT8_KERNELS(DepthwiseConv2d)
VERGE_DECLARE_INT8_KERNELS(DepthwiseOfOne)

VERGE_FAST_KERNELS_AND(DepthwiseConv2d, DepthwiseConv2dKernel, dwconv_f32, "depthwise_conv2d_f32_nhwc",
                       VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, DepthwiseConv2d)
                               VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, DepthwiseOfOne) &
                           kDepthwiseConv2dInt)

}  // namespace verge::ops
