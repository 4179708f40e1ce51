// conv_transpose over one or two spatial dimensions, as products of a row of input pixels with all of the kernel, which
// are then added where they belong, or only moved there where kernels do not overlap. Weights are packed as one matrix
// [c, kernel * oc]; output rows are shared out to the threads.
#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/conv_transpose/conv_transpose.h"
#include "ops/fast_kernels.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// One dimension of a picture: a sequence has one row.
struct Side {
  int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, before = 0;
  // Where the product of input position i with kernel position k goes; -1: nowhere.
  int64_t Target(int64_t i, int64_t k) const {
    const int64_t at = i * stride + k * dilation - before;
    return at < out ? std::max<int64_t>(at, -1) : -1;
  }
  // The input positions that output positions [first, last) get something from.
  int64_t FirstFor(int64_t first) const {
    const int64_t from = first + before - (kernel - 1) * dilation;
    return std::clamp<int64_t>((from + stride - 1) / stride, 0, in);
  }
  int64_t LastFor(int64_t last) const { return std::clamp<int64_t>((last - 1 + before) / stride + 1, 0, in); }
  // Every output position gets exactly one product: the kernels lie side by side.
  bool IsTiled() const { return stride == kernel && dilation == 1 && before == 0 && out == in * stride; }
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
    const int64_t threads = args.parallel == nullptr ? 1 : std::max(args.parallel->threads(), 1);
    const int64_t tasks = std::min(threads, p.rows.out);
    RunTasks(args.parallel, static_cast<size_t>(tasks), [&](size_t task) {
      auto* const row = reinterpret_cast<float*>(args.scratch) + task * RowFloats(p);
      const auto t = static_cast<int64_t>(task);
      for (size_t image = 0; image < p.n; ++image) {
        RunRows(args, p, image, {p.rows.out * t / tasks, p.rows.out * (t + 1) / tasks}, row);
      }
    });
  }

 private:
  static Picture PictureOf(const PrepareArgs& args) {
    return {args.attrs.As<ConvTransposeAttrs>(), args.inputs[0].type.shape, args.inputs[1].type.shape,
            args.outputs[0].shape};
  }
  static size_t RowFloats(const Picture& p) { return static_cast<size_t>(p.columns.in) * p.products(); }

  struct Rows {
    int64_t first, last;  // output rows [first, last)
    bool Has(int64_t row) const { return first <= row && row < last; }
  };

  static void RunRows(const RunArgs& args, const Picture& p, size_t image, Rows rows, float* row) {
    const auto in_w = static_cast<size_t>(p.columns.in);
    const size_t line = static_cast<size_t>(p.columns.out) * p.oc;
    float* const y = args.outputs[0].as<float>() + image * static_cast<size_t>(p.rows.out) * line;
    const bool has_bias = args.inputs.size() > 2 && args.inputs[2].data != nullptr;
    const float* const bias = has_bias ? args.inputs[2].as<const float>() : nullptr;
    const bool is_tiled = p.rows.IsTiled() && p.columns.IsTiled();
    if (!is_tiled)
      FillBias(bias, p.oc, y, static_cast<size_t>(rows.first) * line, static_cast<size_t>(rows.last) * line);
    const float* const x = args.inputs[0].as<const float>() + image * static_cast<size_t>(p.rows.in) * in_w * p.c;
    for (int64_t i = p.rows.FirstFor(rows.first); i < p.rows.LastFor(rows.last); ++i) {
      kernels::RunProductF32(kTable, p.c, p.products(), reinterpret_cast<const float*>(args.packed),
                             {x + static_cast<size_t>(i) * in_w * p.c, p.c, row, p.products(), in_w});
      for (int64_t k = 0; k < p.rows.kernel; ++k) {
        const int64_t to = p.rows.Target(i, k);
        if (to < 0 || !rows.Has(to)) continue;
        const float* const from = row + static_cast<size_t>(k * p.columns.kernel) * p.oc;
        float* const target = y + static_cast<size_t>(to) * line;
        is_tiled ? MoveLine(p, bias, from, target) : AddLine(p, from, target);
      }
    }
  }

  static void FillBias(const float* bias, size_t oc, float* y, size_t begin, size_t end) {
    for (size_t at = begin; at < end; at += oc) {
      if (bias != nullptr) {
        std::copy_n(bias, oc, y + at);
      } else {
        std::fill_n(y + at, oc, 0.0F);
      }
    }
  }

  // One output row of kernels side by side: `run` values of each input pixel follow each other.
  static void MoveLine(const Picture& p, const float* bias, const float* from, float* line) {
    const size_t run = static_cast<size_t>(p.columns.kernel) * p.oc;
    if (run == 2) return MoveRuns<2>(p, bias, from, line);
    if (run == 4) return MoveRuns<4>(p, bias, from, line);
    for (int64_t j = 0; j < p.columns.in; ++j, from += p.products(), line += run) {
      for (size_t at = 0; at < run; at += p.oc) AddBias(bias, from + at, line + at, p.oc);
    }
  }

  static void AddBias(const float* bias, const float* from, float* to, size_t count) {
    if (bias == nullptr) {
      std::copy_n(from, count, to);
    } else if (count < kTable.lanes) {  // no call for a few numbers
      for (size_t o = 0; o < count; ++o) to[o] = from[o] + bias[o];
    } else {
      VectorTableOf(kTable.isa).add(from, bias, to, count, -kInfinity, kInfinity);
    }
  }

  template <size_t kRun>
  static void MoveRuns(const Picture& p, const float* bias, const float* from, float* line) {
    std::array<float, kRun> biases{};
    for (size_t at = 0; at < kRun && bias != nullptr; ++at) biases[at] = bias[at % p.oc];
    const size_t step = p.products();
    const auto count = static_cast<size_t>(p.columns.in);
    for (size_t j = 0; j < count; ++j) {
      for (size_t at = 0; at < kRun; ++at) line[j * kRun + at] = from[j * step + at] + biases[at];
    }
  }

  static void AddLine(const Picture& p, const float* from, float* line) {
    const kernels::VecF32Table& loops = VectorTableOf(kTable.isa);
    const auto kernel_w = static_cast<size_t>(p.columns.kernel);
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
};

}  // namespace

VERGE_FAST_KERNELS(ConvTranspose, ConvTransposeKernel, gemm_f32, "conv_transpose_f32")

}  // namespace verge::ops
