// Positions are computed once, into the packed bytes: one tap an output row, then one an output column. A run only
// blends pixels.
#include "kernels/parallel_range.h"
#include "ops/fast_kernels.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::ops {
namespace {

// Pixels of one output row lie between two input rows.
struct RowPair {
  const float* low;
  const float* high;
  float t;
};

template <const kernels::VecF32Table& kTable>
void BlendRow(const RowPair& v, const ResizeTap* columns, int64_t width, int64_t channels, float* y) {
  for (int64_t j = 0; j < width; ++j, y += channels) {
    const ResizeTap& h = columns[j];
    const int64_t left = h.low * channels;
    const int64_t right = h.high * channels;
    const float* const pixels[4] = {v.low + left, v.high + left, v.low + right, v.high + right};
    const float weights[4] = {(1 - v.t) * (1 - h.t), v.t * (1 - h.t), (1 - v.t) * h.t, v.t * h.t};
    kTable.blend4(pixels, weights, y, static_cast<size_t>(channels));
  }
}

template <const kernels::VecF32Table& kTable>
struct ResizeBilinearKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Shape& ys = args.outputs[0].shape;  // height and width are at most kMaxWindow
    return KernelNeeds{.packed_bytes = (Dim(ys, 1) + Dim(ys, 2)) * sizeof(ResizeTap)};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto& a = args.attrs.As<ResizeBilinearAttrs>();
    const Shape& xs = args.inputs[0].type.shape;
    const Shape& ys = args.outputs[0].shape;
    auto* taps = reinterpret_cast<ResizeTap*>(packed.data());
    for (int64_t i = 0; i < ys[1]; ++i) *taps++ = MakeResizeTap(a, xs[1], ys[1], i);
    for (int64_t j = 0; j < ys[2]; ++j) *taps++ = MakeResizeTap(a, xs[2], ys[2], j);
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Shape& xs = args.inputs[0].shape();
    const Shape& ys = args.outputs[0].shape();
    const auto* taps = reinterpret_cast<const ResizeTap*>(args.packed);
    const ResizeTap* columns = taps + ys[1];
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    const size_t height = Dim(ys, 1);
    const int64_t row_floats = xs[2] * xs[3];
    kernels::ParallelRange(args.parallel, Dim(ys, 0) * height, 1, [&](size_t begin, size_t end) {
      for (size_t row = begin; row < end; ++row) {
        const ResizeTap& tap = taps[row % height];
        const float* image = x + static_cast<int64_t>(row / height) * xs[1] * row_floats;
        const RowPair pair{image + tap.low * row_floats, image + tap.high * row_floats, tap.t};
        BlendRow<kTable>(pair, columns, ys[2], ys[3], y + row * Dim(ys, 2) * Dim(ys, 3));
      }
    });
  }
};

}  // namespace

VERGE_DECLARE_INT8_KERNELS(ResizeBilinear)  // resize_bilinear_int_fast.cc

VERGE_FAST_KERNELS_WITH_INT8(ResizeBilinear, ResizeBilinearKernel, vec_f32, "resize_bilinear_f32_nhwc")

}  // namespace verge::ops
