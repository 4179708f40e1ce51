#include "kernels/conv_f32.h"
#include "ops/conv2d/conv2d.h"
#include "ops/fast_kernels.h"
#include "ops/sparse_layer.h"

namespace verge::ops {
namespace {

kernels::ConvF32Shape ShapeOf(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
  const auto& a = attrs.As<Conv2dAttrs>();
  const ActivationRange range = RangeOf(a.activation);
  kernels::ConvF32Shape s;
  s.n = Dim(x, 0);
  s.in_h = Dim(x, 1);
  s.in_w = Dim(x, 2);
  s.in_c = Dim(x, 3);
  s.out_h = Dim(y, 1);
  s.out_w = Dim(y, 2);
  s.out_c = Dim(y, 3);
  s.kh = Dim(w, 1);
  s.kw = Dim(w, 2);
  s.stride_h = static_cast<size_t>(a.stride_h);
  s.stride_w = static_cast<size_t>(a.stride_w);
  s.dilation_h = static_cast<size_t>(a.dilation_h);
  s.dilation_w = static_cast<size_t>(a.dilation_w);
  s.pad_top = static_cast<size_t>(a.pad_top);
  s.pad_left = static_cast<size_t>(a.pad_left);
  s.groups = static_cast<size_t>(a.groups);
  s.lo = range.lo;
  s.hi = range.hi;
  return s;
}

kernels::ConvF32Shape ShapeOf(const PrepareArgs& args) {
  return ShapeOf(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape);
}

bool HasBias(const PrepareArgs& args) { return args.inputs.size() > 2 && args.inputs[2].is_present; }

template <const kernels::GemmF32Table& kTable>
struct Conv2dKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return IsFloatLayer(args) && IsUsable(kTable, args) && args.inputs[1].constant != nullptr &&
           (!HasBias(args) || args.inputs[2].constant != nullptr);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::ConvF32Shape s = ShapeOf(args);
    const auto packed = kernels::ConvF32PackedBytes(kTable, s);
    const auto scratch = kernels::ConvF32ScratchBytes(kTable, s, args.threads);
    if (!packed || !scratch) return VERGE_ERROR(kResourceExhausted, "conv2d: the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto* bias = HasBias(args) ? static_cast<const float*>(args.inputs[2].constant) : nullptr;
    kernels::PackConvF32(kTable, ShapeOf(args), static_cast<const float*>(args.inputs[1].constant), bias,
                         packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const kernels::ConvF32Shape s =
        ShapeOf(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
    kernels::RunConvF32(kTable, s,
                        {args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(), args.scratch},
                        args.parallel);
  }
};

// A 1x1 convolution whose output pixels see the input pixels one by one is a plain product.
struct PointwiseProduct {
  static bool Is(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    const kernels::ConvF32Shape s = ShapeOf(attrs, x, w, y);
    return s.kh * s.kw * s.stride_h * s.stride_w * s.groups == 1 && s.pad_top + s.pad_left == 0 && s.in_h == s.out_h &&
           s.in_w == s.out_w;
  }
  static kernels::SparseF32Shape ProductShape(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    const kernels::ConvF32Shape s = ShapeOf(attrs, x, w, y);
    return {s.n * s.out_h * s.out_w, s.in_c, s.out_c, s.lo, s.hi};
  }
};

template <const kernels::SparseF32Table& kTable>
using Conv2dSparse = SparseLayer<kTable, PointwiseProduct>;

}  // namespace

extern const Kernel kConv2dInt;  // conv2d_int_fast.cc
VERGE_DECLARE_INT8_KERNELS(Conv2d)

VERGE_FAST_KERNELS_OF_TWO(Conv2d, Conv2dSparse, sparse_f32, "conv2d_f32_nhwc_sparse", Conv2dKernel, gemm_f32,
                          "conv2d_f32_nhwc", kConv2dInt)

}  // namespace verge::ops
