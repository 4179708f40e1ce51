// Products of f32 matrices in vectors: b is packed for each matrix at run time (constant ones are layers by then,
// opt/use_fully_connected.cc). Matrices, or for few of them parts of their columns, are shared out to the threads.
#include <algorithm>
#include <optional>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/broadcast.h"
#include "ops/fast_kernels.h"
#include "ops/matmul/matmul.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

struct Sizes {
  Shape batch;
  size_t m, k, n;
};

Sizes SizesOf(const MatmulAttrs& attrs, const Shape& a, const Shape& y) {
  const Shape batch = *Shape::FromSpan(y.dims().first(static_cast<size_t>(y.rank() - 2)));
  return {batch, Dim(y, y.rank() - 2), Dim(a, a.rank() - (attrs.transpose_a ? 2 : 1)), Dim(y, y.rank() - 1)};
}

template <const kernels::GemmF32Table& kTable>
struct MatmulKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return IsUsable(kTable, args) && args.inputs[0].type.shape.elems() > 0 && args.inputs[1].type.shape.elems() > 0;
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const auto& attrs = args.attrs.As<MatmulAttrs>();
    const auto task = TaskBytes(attrs, SizesOf(attrs, args.inputs[0].type.shape, args.outputs[0].shape));
    const auto bytes = task ? CheckedMul(*task, static_cast<size_t>(std::max(args.threads, 1))) : std::nullopt;
    if (!bytes) return VERGE_ERROR(kResourceExhausted, "matmul: the packed matrix overflows memory");
    return KernelNeeds{.scratch_bytes = *bytes};
  }

  static void Run(const RunArgs& args) {
    const auto& attrs = args.attrs.As<MatmulAttrs>();
    const Sizes s = SizesOf(attrs, args.inputs[0].shape(), args.outputs[0].shape());
    const size_t matrices = s.batch.elems(), task_bytes = *TaskBytes(attrs, s);
    const size_t threads = args.parallel == nullptr ? 1 : static_cast<size_t>(std::max(args.parallel->threads(), 1));
    const size_t wide = 2 * kTable.lanes, panels = (s.n + wide - 1) / wide;
    const size_t parts = matrices >= threads ? 1 : std::min(threads, panels);
    const size_t tasks = std::min(threads, matrices * parts);
    RunTasks(args.parallel, tasks, [&](size_t task) {
      NdWalk<2> walk(s.batch,
                     {MatrixStrides(args.inputs[0].shape(), s.batch), MatrixStrides(args.inputs[1].shape(), s.batch)});
      for (size_t matrix = 0; matrix < matrices; ++matrix, walk.Next()) {
        for (size_t part = 0; part < parts; ++part) {
          if ((matrix * parts + part) % tasks != task) continue;
          const size_t begin = panels * part / parts * wide;
          const size_t end = std::min(panels * (part + 1) / parts * wide, s.n);
          RunMatrix(args, s, {walk[0], walk[1], matrix}, begin, end, args.scratch + task * task_bytes);
        }
      }
    });
  }

 private:
  static std::optional<size_t> TaskBytes(const MatmulAttrs& attrs, const Sizes& s) {
    const auto packed = kernels::ProductF32PackedBytes(kTable, s.k, s.n);
    const auto turned = attrs.transpose_a ? CheckedMul(s.m * sizeof(float), s.k) : 0;
    const auto bytes = packed && turned ? CheckedAdd(*packed, *turned) : std::nullopt;
    return bytes ? CheckedAdd(*bytes, 64 - *bytes % 64) : std::nullopt;
  }

  struct Place {
    int64_t a, b;  // elements before the matrices
    size_t number;
  };

  // Columns [begin, end) of one matrix.
  static void RunMatrix(const RunArgs& args, const Sizes& s, const Place& place, size_t begin, size_t end,
                        std::byte* scratch) {
    const auto& attrs = args.attrs.As<MatmulAttrs>();
    auto* const packed = reinterpret_cast<float*>(scratch);
    const float* a = args.inputs[0].as<const float>() + place.a;
    const float* b = args.inputs[1].as<const float>() + place.b;
    const size_t row_step = attrs.transpose_b ? 1 : s.n, column_step = attrs.transpose_b ? s.k : 1;
    kernels::PackProductF32(kTable, s.k, end - begin, {b + begin * column_step, row_step, column_step}, 1.0F, packed);
    if (attrs.transpose_a) {
      float* const turned = packed + *kernels::ProductF32PackedBytes(kTable, s.k, s.n) / sizeof(float);
      for (size_t i = 0; i < s.m; ++i) {
        for (size_t d = 0; d < s.k; ++d) turned[i * s.k + d] = a[d * s.m + i];
      }
      a = turned;
    }
    kernels::RunProductF32(kTable, s.k, end - begin, packed,
                           {a, s.k, args.outputs[0].as<float>() + place.number * s.m * s.n + begin, s.n, s.m});
  }
};

}  // namespace

VERGE_FAST_KERNELS(Matmul, MatmulKernel, gemm_f32, "matmul_f32")

}  // namespace verge::ops
