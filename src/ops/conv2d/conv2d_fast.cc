#include "kernels/winograd_conv_f32.h"
#include "ops/byte_grid.h"
#include "ops/conv2d/conv2d_layer.h"
#include "ops/sparse_layer.h"

namespace verge::ops {
namespace {

template <const kernels::GemmF32Table& kTable>
struct Conv2dKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) { return IsConstantConv2d(args) && IsUsable(kTable, args); }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::ConvF32Shape s = Conv2dShape(args);
    const auto packed = kernels::ConvF32PackedBytes(kTable, s);
    const auto scratch = kernels::ConvF32ScratchBytes(kTable, s, args.threads);
    if (!packed || !scratch) return VERGE_ERROR(kResourceExhausted, "conv2d: the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    kernels::PackConvF32(kTable, Conv2dShape(args), static_cast<const float*>(args.inputs[1].constant),
                         Conv2dBias(args), packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const kernels::ConvF32Shape s =
        Conv2dShape(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
    kernels::RunConvF32(kTable, s,
                        {args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(), args.scratch},
                        args.parallel);
  }
};

template <const kernels::WinogradF32Table& kTransforms, const kernels::GemmF32Table& kTable>
struct Conv2dWinograd {
  static constexpr kernels::WinogradTables kTables{kTransforms, kTable};
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    if (!args.cpu.winograd || !IsConstantConv2d(args) || !IsUsable(kTable, args)) return false;
    const Shape& w = args.inputs[1].type.shape;
    // Sums of a model that rounds what it computes to 8 bits often lie half way between two steps: the order of
    // additions should not decide.
    return kernels::IsWinogradShape(Conv2dShape(args)) &&
           !IsOnByteGrid(static_cast<const float*>(args.inputs[1].constant), Dim(w, 0), w.elems() / Dim(w, 0));
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::ConvF32Shape s = Conv2dShape(args);
    const auto packed = kernels::WinogradPackedBytes(kTables, s);
    const auto scratch = kernels::WinogradScratchBytes(s, args.threads);
    if (!packed || !scratch) return VERGE_ERROR(kResourceExhausted, "conv2d: the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    kernels::PackWinograd(kTables, Conv2dShape(args), static_cast<const float*>(args.inputs[1].constant),
                          Conv2dBias(args), packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    kernels::RunWinograd(
        kTables, Conv2dShape(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape()),
        {args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(), args.scratch}, args.parallel);
  }
};

// A 1x1 convolution whose output pixels see the input pixels one by one is a plain product.
struct PointwiseProduct {
  static bool Is(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    const kernels::ConvF32Shape s = Conv2dShape(attrs, x, w, y);
    return s.kh * s.kw * s.stride_h * s.stride_w * s.groups == 1 && s.pad_top + s.pad_left == 0 && s.in_h == s.out_h &&
           s.in_w == s.out_w;
  }
  static kernels::SparseF32Shape ProductShape(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    const kernels::ConvF32Shape s = Conv2dShape(attrs, x, w, y);
    return {s.n * s.out_h * s.out_w, s.in_c, s.out_c, s.lo, s.hi};
  }
};

template <const kernels::SparseF32Table& kTable>
using Conv2dSparse = SparseLayer<kTable, PointwiseProduct>;

}  // namespace

extern const Kernel kConv2dInt;  // conv2d_int_fast.cc
VERGE_DECLARE_INT8_KERNELS(Conv2d)

// Of each instruction set the sparse form, where the weights are, then Winograd's, where the shape is, then the plain
// one.
#define VERGE_CONV2D_KERNELS(isa, ...)                                                                                 \
  constexpr Kernel kSparse_##isa = Conv2dSparse<kernels::sparse_f32__##isa>::Make("conv2d_f32_nhwc_sparse__" #isa);    \
  constexpr Kernel kWinograd_##isa =                                                                                   \
      Conv2dWinograd<kernels::winograd_f32__##isa, kernels::gemm_f32__##isa>::Make("conv2d_f32_nhwc_winograd__" #isa); \
  constexpr Kernel kPlain_##isa = Conv2dKernel<kernels::gemm_f32__##isa>::Make("conv2d_f32_nhwc__" #isa);
#define VERGE_CONV2D_ROWS(isa, ...) &kSparse_##isa, &kWinograd_##isa, &kPlain_##isa,

namespace {

VERGE_FOR_EACH_ISA(VERGE_CONV2D_KERNELS, 0)
constexpr const Kernel* kList[] = {
    VERGE_FOR_EACH_ISA(VERGE_CONV2D_ROWS, 0) VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, Conv2d) & kConv2dInt};

}  // namespace

extern const std::span<const Kernel* const> kConv2dFast;
constinit const std::span<const Kernel* const> kConv2dFast{kList};

}  // namespace verge::ops
