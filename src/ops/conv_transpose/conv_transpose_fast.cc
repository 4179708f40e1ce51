// conv_transpose over one or two spatial dimensions, as products of a row of input pixels with all of the kernel, which
// are then added where they belong. Weights are packed as one matrix [c, kernel * oc]; images are shared out to the
// threads.
#include <algorithm>
#include <limits>
#include <vector>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/conv_transpose/conv_transpose.h"
#include "ops/fast_kernels.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

// One dimension of a picture: a sequence has one row.
struct Side {
  int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, before = 0;
  // Where the product of input position i with kernel position k goes; -1: nowhere.
  int64_t Target(int64_t i, int64_t k) const {
    const int64_t at = i * stride + k * dilation - before;
    return at < out ? std::max<int64_t>(at, -1) : -1;
  }
};

struct Picture {
  Side rows, columns;
  size_t n, c, oc;
  size_t products() const { return static_cast<size_t>(rows.kernel * columns.kernel) * oc; }  // of an input pixel

  Picture(const ConvTransposeAttrs& a, const Shape& x, const Shape& w, const Shape& y)
      : n(Dim(x, 0)), c(Dim(x, x.rank() - 1)), oc(Dim(w, 0)) {
    const auto side = [&](int d) {
      const auto k = static_cast<size_t>(d - 1);
      return Side{
          x[d], y[d], w[d], a.window.strides.values[k], a.window.dilations.values[k], a.window.before.values[k]};
    };
    columns = side(x.rank() - 2);
    if (x.rank() == 4) rows = side(1);
  }
};

template <const kernels::GemmF32Table& kTable>
struct ConvTransposeKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return IsUsable(kTable, args) && args.attrs.As<ConvTransposeAttrs>().groups == 1 &&
           args.inputs[0].type.shape.rank() <= 4 && args.inputs[1].constant != nullptr;
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Picture p = PictureOf(args);
    const auto packed = kernels::ProductF32PackedBytes(kTable, p.c, p.products());
    const auto row = CheckedMul(RowFloats(p) * sizeof(float), static_cast<size_t>(std::max(args.threads, 1)));
    if (!packed || !row) return VERGE_ERROR(kResourceExhausted, "conv_transpose: the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *row, .packed_bytes = *packed, .unread_inputs = 0b10};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const Picture p = PictureOf(args);
    const auto* w = static_cast<const float*>(args.inputs[1].constant);  // [oc][kernel][c]
    const size_t taps = p.products() / p.oc;
    std::vector<float> turned(p.products() * p.c);  // [kernel][oc][c]
    for (size_t o = 0; o < p.oc; ++o) {
      for (size_t t = 0; t < taps; ++t) std::copy_n(w + (o * taps + t) * p.c, p.c, &turned[(t * p.oc + o) * p.c]);
    }
    kernels::PackProductF32(kTable, p.c, p.products(), {turned.data(), 1, p.c}, 1.0F,
                            reinterpret_cast<float*>(packed.data()));
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Picture p(args.attrs.As<ConvTransposeAttrs>(), args.inputs[0].shape(), args.inputs[1].shape(),
                    args.outputs[0].shape());
    const size_t threads = args.parallel == nullptr ? 1 : static_cast<size_t>(std::max(args.parallel->threads(), 1));
    const size_t tasks = std::min(threads, p.n);
    RunTasks(args.parallel, tasks, [&](size_t t) {
      auto* const row = reinterpret_cast<float*>(args.scratch) + t * RowFloats(p);
      for (size_t image = p.n * t / tasks; image < p.n * (t + 1) / tasks; ++image) RunImage(args, p, image, row);
    });
  }

 private:
  static Picture PictureOf(const PrepareArgs& args) {
    return {args.attrs.As<ConvTransposeAttrs>(), args.inputs[0].type.shape, args.inputs[1].type.shape,
            args.outputs[0].shape};
  }
  static size_t RowFloats(const Picture& p) { return static_cast<size_t>(p.columns.in) * p.products(); }

  static void RunImage(const RunArgs& args, const Picture& p, size_t image, float* row) {
    const auto in_w = static_cast<size_t>(p.columns.in);
    const size_t out_pixels = static_cast<size_t>(p.rows.out * p.columns.out);
    float* const y = args.outputs[0].as<float>() + image * out_pixels * p.oc;
    const bool has_bias = args.inputs.size() > 2 && args.inputs[2].data != nullptr;
    for (size_t i = 0; i < out_pixels; ++i) {
      if (has_bias) {
        std::copy_n(args.inputs[2].as<const float>(), p.oc, y + i * p.oc);
      } else {
        std::fill_n(y + i * p.oc, p.oc, 0.0F);
      }
    }
    const float* x = args.inputs[0].as<const float>() + image * static_cast<size_t>(p.rows.in) * in_w * p.c;
    for (int64_t i = 0; i < p.rows.in; ++i, x += in_w * p.c) {
      kernels::RunProductF32(kTable, p.c, p.products(), reinterpret_cast<const float*>(args.packed),
                             {x, p.c, row, p.products(), in_w});
      AddRow(p, i, row, y);
    }
  }

  static void AddRow(const Picture& p, int64_t i, const float* row, float* y) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const kernels::VecF32Table& loops = VectorTableOf(kTable.isa);
    const auto kernel_w = static_cast<size_t>(p.columns.kernel);
    for (int64_t k = 0; k < p.rows.kernel; ++k) {
      const int64_t to = p.rows.Target(i, k);
      if (to < 0) continue;
      float* const line = y + static_cast<size_t>(to * p.columns.out) * p.oc;
      const float* from = row + static_cast<size_t>(k) * kernel_w * p.oc;
      int64_t first = -p.columns.before;
      for (int64_t j = 0; j < p.columns.in; ++j, first += p.columns.stride, from += p.products()) {
        for (size_t l = 0; l < kernel_w; ++l) {
          const int64_t at = first + static_cast<int64_t>(l) * p.columns.dilation;
          if (at < 0 || at >= p.columns.out) continue;
          float* const pixel = line + static_cast<size_t>(at) * p.oc;
          if (p.oc < kTable.lanes) {  // masks have one channel: no call for a number
            for (size_t o = 0; o < p.oc; ++o) pixel[o] += from[l * p.oc + o];
          } else {
            loops.add(pixel, from + l * p.oc, pixel, p.oc, -kInfinity, kInfinity);
          }
        }
      }
    }
  }
};

}  // namespace

VERGE_FAST_KERNELS(ConvTranspose, ConvTransposeKernel, gemm_f32, "conv_transpose_f32")

}  // namespace verge::ops
