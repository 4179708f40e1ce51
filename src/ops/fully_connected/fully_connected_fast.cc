// A fully connected layer is a 1x1 convolution of an image with a pixel a row.
#include "kernels/conv_f32.h"
#include "ops/fast_kernels.h"
#include "ops/fully_connected/fully_connected.h"
#include "ops/sparse_layer.h"

namespace verge::ops {
namespace {

kernels::ConvF32Shape ShapeOf(const OpAttrs& attrs, const Shape& w, const Shape& y) {
  const ActivationRange range = RangeOf(attrs.As<FullyConnectedAttrs>().activation);
  kernels::ConvF32Shape s;
  s.in_h = s.out_h = y.elems() / Dim(w, 0);
  s.in_c = Dim(w, 1);
  s.out_c = Dim(w, 0);
  s.lo = range.lo;
  s.hi = range.hi;
  return s;
}

kernels::ConvF32Shape ShapeOf(const PrepareArgs& args) {
  return ShapeOf(args.attrs, args.inputs[1].type.shape, args.outputs[0].shape);
}

bool HasBias(const PrepareArgs& args) { return args.inputs.size() > 2 && args.inputs[2].is_present; }

template <const kernels::GemmF32Table& kTable>
struct FullyConnectedKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return IsFloatLayer(args) && IsUsable(kTable, args) && args.inputs[1].constant != nullptr &&
           (!HasBias(args) || args.inputs[2].constant != nullptr);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::ConvF32Shape s = ShapeOf(args);
    const auto packed = kernels::ConvF32PackedBytes(kTable, s);
    const auto scratch = kernels::ConvF32ScratchBytes(kTable, s, args.threads);
    if (!packed || !scratch) {
      return VERGE_ERROR(kResourceExhausted, "fully_connected: the packed weights overflow memory");
    }
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto* bias = HasBias(args) ? static_cast<const float*>(args.inputs[2].constant) : nullptr;
    kernels::PackConvF32(kTable, ShapeOf(args), static_cast<const float*>(args.inputs[1].constant), bias,
                         packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const kernels::ConvF32Shape s = ShapeOf(args.attrs, args.inputs[1].shape(), args.outputs[0].shape());
    kernels::RunConvF32(kTable, s,
                        {args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(), args.scratch},
                        args.parallel);
  }
};

struct WholeProduct {
  static bool Is(const OpAttrs& /*attrs*/, const Shape& /*x*/, const Shape& /*w*/, const Shape& /*y*/) { return true; }
  static kernels::SparseF32Shape ProductShape(const OpAttrs& attrs, const Shape& /*x*/, const Shape& w,
                                              const Shape& y) {
    const kernels::ConvF32Shape s = ShapeOf(attrs, w, y);
    return {s.out_h, s.in_c, s.out_c, s.lo, s.hi};
  }
};

template <const kernels::SparseF32Table& kTable>
using FullyConnectedSparse = SparseLayer<kTable, WholeProduct>;

}  // namespace

extern const Kernel kFullyConnectedInt;  // fully_connected_int_fast.cc
VERGE_DECLARE_INT8_KERNELS(FullyConnected)

VERGE_FAST_KERNELS_OF_TWO(FullyConnected, FullyConnectedSparse, sparse_f32, "fully_connected_f32_sparse",
                          FullyConnectedKernel, gemm_f32, "fully_connected_f32", kFullyConnectedInt)

}  // namespace verge::ops
