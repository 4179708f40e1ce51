// transpose as copies of small squares: of the dimension that is innermost in x and the one that is innermost in y, so
// that both are touched a line at a time.
#include <algorithm>

#include "kernels/parallel_range.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/transpose/transpose.h"

namespace verge::ops {
namespace {

constexpr size_t kSquare = 16;
constexpr size_t kGrain = 8192;  // elements a thread takes at least

// x seen in y's order: dimensions that lie next to each other in both are one.
struct View {
  Shape sizes;      // of y
  Strides steps{};  // in x
};

View ViewOf(const IntList& perm, const Shape& x) {
  const Strides from = RowMajorStrides(x);
  std::array<int64_t, Shape::kMaxRank> sizes{};
  View view;
  size_t rank = 0;
  for (size_t d = 0; d < static_cast<size_t>(perm.size); ++d) {
    const auto in = static_cast<size_t>(perm.values[d]);
    const int64_t size = x[static_cast<int>(in)];
    if (size == 1) continue;
    if (rank > 0 && view.steps[rank - 1] == from[in] * size) {
      sizes[rank - 1] *= size;
      view.steps[rank - 1] = from[in];
    } else {
      sizes[rank] = size;
      view.steps[rank++] = from[in];
    }
  }
  view.sizes = *Shape::FromSpan(std::span(sizes).first(rank));
  return view;
}

// The dimension of y along which x is contiguous; -1 when it is the last one, or there is none.
int TurnedDim(const View& view) {
  const int last = view.sizes.rank() - 1;
  for (int d = 0; d < last; ++d) {
    if (view.steps[static_cast<size_t>(d)] == 1) return d;
  }
  return -1;
}

bool Supports(const PrepareArgs& args) {
  const Shape& x = args.inputs[0].type.shape;
  return x.elems() > 0 && TurnedDim(ViewOf(args.attrs.As<TransposeAttrs>().perm, x)) >= 0;
}

// y[i * rows_step + j] = x[j * step + i]
template <typename T>
struct Plane {
  const T* x;
  T* y;
  size_t rows, columns, rows_step, step;

  void CopyRows(size_t begin, size_t end) const {
    for (size_t i = begin; i < end; i += kSquare) {
      const size_t i_end = std::min(i + kSquare, end);
      for (size_t j = 0; j < columns; j += kSquare) {
        const size_t j_end = std::min(j + kSquare, columns);
        for (size_t r = i; r < i_end; ++r) {
          for (size_t c = j; c < j_end; ++c) y[r * rows_step + c] = x[c * step + r];
        }
      }
    }
  }
};

template <typename T>
void RunAs(const RunArgs& args) {
  const View view = ViewOf(args.attrs.As<TransposeAttrs>().perm, args.inputs[0].shape());
  const int turned = TurnedDim(view), last = view.sizes.rank() - 1;
  const Strides to = RowMajorStrides(view.sizes);
  Shape outer = view.sizes;
  outer.set(turned, 1);
  outer.set(last, 1);
  NdWalk<2> walk(outer, {view.steps, to});
  const auto rows = static_cast<size_t>(view.sizes[turned]), columns = static_cast<size_t>(view.sizes[last]);
  for (size_t i = 0; i < outer.elems(); ++i, walk.Next()) {
    const Plane<T> plane{args.inputs[0].as<const T>() + walk[0],
                         args.outputs[0].as<T>() + walk[1],
                         rows,
                         columns,
                         static_cast<size_t>(to[static_cast<size_t>(turned)]),
                         static_cast<size_t>(view.steps[static_cast<size_t>(last)])};
    kernels::ParallelRange(args.parallel, rows, (kGrain / columns / kSquare + 1) * kSquare,
                           [&](size_t begin, size_t end) { plane.CopyRows(begin, end); });
  }
}

void Run(const RunArgs& args) {
  DispatchBytes(args.inputs[0].dtype(), [&]<typename T>() { RunAs<T>(args); });
}

constexpr Kernel kSquares = {"transpose_any_squares__any", Supports, nullptr, nullptr, Run};
constexpr const Kernel* kKernels[] = {&kSquares};

}  // namespace

extern const std::span<const Kernel* const> kTransposeFast = kKernels;

}  // namespace verge::ops
