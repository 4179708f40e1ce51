// resize_bilinear of 8-bit integers: two rows are mixed once for an output row, then pairs of its pixels. Whole numbers
// all the way, so the order changes nothing.
#include <algorithm>

#include "ops/fast_kernels.h"
#include "ops/resize_bilinear/resize_bilinear.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

size_t Threads(const Parallel* parallel) {
  return parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
}

template <const kernels::VecI8Table& kTable>
struct ResizeBilinearInt8 {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const TensorType& y = args.outputs[0];
    return (y.dtype == DType::kI8 || y.dtype == DType::kU8) && y.shape.elems() > 0 &&
           args.inputs[0].type.shape.elems() > 0 && kernels::IsaIsUsable(kTable.isa, args.cpu);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const Shape &xs = args.inputs[0].type.shape, &ys = args.outputs[0].shape;
    const size_t rows = static_cast<size_t>(std::max(args.threads, 1)) * RowBytes(xs);
    return KernelNeeds{.scratch_bytes = rows, .packed_bytes = (Dim(ys, 1) + Dim(ys, 2)) * sizeof(ResizeTapInt)};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto& a = args.attrs.As<ResizeBilinearAttrs>();
    const Shape &xs = args.inputs[0].type.shape, &ys = args.outputs[0].shape;
    auto* taps = reinterpret_cast<ResizeTapInt*>(packed.data());
    for (int64_t i = 0; i < ys[1]; ++i) *taps++ = MakeResizeTapInt(a, xs[1], ys[1], i);
    for (int64_t j = 0; j < ys[2]; ++j) *taps++ = MakeResizeTapInt(a, xs[2], ys[2], j);
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Shape& ys = args.outputs[0].shape();
    const size_t rows = Dim(ys, 0) * Dim(ys, 1);
    const size_t tasks = std::min(Threads(args.parallel), rows);
    RunTasks(args.parallel, tasks, [&](size_t t) {
      auto* const mixed = reinterpret_cast<int32_t*>(args.scratch + t * RowBytes(args.inputs[0].shape()));
      for (size_t row = rows * t / tasks; row < rows * (t + 1) / tasks; ++row) RunRow(args, row, mixed);
    });
  }

 private:
  // A row and a vector behind it.
  static size_t RowBytes(const Shape& xs) { return (Dim(xs, 2) * Dim(xs, 3) * sizeof(int32_t) + 63) / 64 * 64 + 64; }

  static void RunRow(const RunArgs& args, size_t row, int32_t* mixed) {
    const Tensor &x = args.inputs[0], &y = args.outputs[0];
    const size_t height = Dim(y.shape(), 1), width = Dim(y.shape(), 2), channels = Dim(y.shape(), 3);
    const size_t row_bytes = Dim(x.shape(), 2) * channels;
    const auto* rows = reinterpret_cast<const ResizeTapInt*>(args.packed);
    const ResizeTapInt *v = rows + row % height, *columns = rows + height;
    const auto* image = x.as<const std::byte>() + row / height * Dim(x.shape(), 1) * row_bytes;
    kTable.mix_rows(image + static_cast<size_t>(v->low) * row_bytes, image + static_cast<size_t>(v->high) * row_bytes,
                    x.dtype() == DType::kI8, static_cast<int32_t>(v->t), row_bytes, mixed);
    auto* to = y.as<std::byte>() + row * width * channels;
    for (size_t j = 0; j < width; ++j, to += channels) {
      const ResizeTapInt& h = columns[j];
      kTable.mix_columns(mixed + static_cast<size_t>(h.low) * channels, mixed + static_cast<size_t>(h.high) * channels,
                         static_cast<int32_t>(h.t), channels, to);
    }
  }
};

}  // namespace

VERGE_INT8_KERNELS(ResizeBilinear, ResizeBilinearInt8, vec_i8, "resize_bilinear_int8_nhwc")

}  // namespace verge::ops
