// transpose as copies of small squares: of the dimension that is innermost in x and the one that is innermost in y, so
// that both are touched a line at a time.
#include <algorithm>
#include <cstring>

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

using Four [[gnu::vector_size(16)]] = uint32_t;

// Three streams become one of triples: the planes of a picture become pixels.
void InterleaveThree(const uint32_t* x, size_t step, uint32_t* y, size_t begin, size_t end) {
  size_t r = begin;
  for (; r + 4 <= end; r += 4) {
    Four a, b, c;
    std::memcpy(&a, x + r, sizeof a);
    std::memcpy(&b, x + step + r, sizeof b);
    std::memcpy(&c, x + 2 * step + r, sizeof c);
    const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const Four bc = __builtin_shufflevector(b, c, 1, 5, 3, 7), ca = __builtin_shufflevector(c, a, 0, 5, 2, 7);
    const Four triples[3] = {__builtin_shufflevector(ab_low, ca, 0, 1, 4, 5),
                             __builtin_shufflevector(bc, ab_high, 0, 1, 4, 5),
                             __builtin_shufflevector(ca, bc, 2, 3, 6, 7)};
    std::memcpy(y + 3 * r, triples, sizeof triples);
  }
  for (; r < end; ++r) {
    for (size_t c = 0; c < 3; ++c) y[3 * r + c] = x[c * step + r];
  }
}

// Four by four elements of 32 bits in registers: rows of x become columns of y.
void CopyFours(const uint32_t* x, size_t x_step, uint32_t* y, size_t y_step) {
  Four a, b, c, d;
  std::memcpy(&a, x, sizeof a);
  std::memcpy(&b, x + x_step, sizeof b);
  std::memcpy(&c, x + 2 * x_step, sizeof c);
  std::memcpy(&d, x + 3 * x_step, sizeof d);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four rows[4] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (size_t i = 0; i < 4; ++i) std::memcpy(y + i * y_step, &rows[i], sizeof rows[i]);
}

// y[i * rows_step + j] = x[j * step + i]
template <typename T>
struct Plane {
  const T* x;
  T* y;
  size_t rows, columns, rows_step, step;

  // A few columns, or rows, at once: those that interleave or part streams.
  template <size_t kColumns>
  void Interleave(size_t begin, size_t end) const {
    for (size_t r = begin; r < end; ++r) {
      for (size_t c = 0; c < kColumns; ++c) y[r * kColumns + c] = x[c * step + r];
    }
  }
  template <size_t kRows>
  void Part() const {
    for (size_t c = 0; c < columns; ++c) {
      for (size_t r = 0; r < kRows; ++r) y[r * rows_step + c] = x[c * kRows + r];
    }
  }

  void CopyElements(size_t i, size_t i_end, size_t j, size_t j_end) const {
    for (size_t r = i; r < i_end; ++r) {
      for (size_t c = j; c < j_end; ++c) y[r * rows_step + c] = x[c * step + r];
    }
  }
  void CopySquare(size_t i, size_t i_end, size_t j, size_t j_end) const {
    if constexpr (sizeof(T) == sizeof(uint32_t)) {
      const size_t i_fours = i + (i_end - i) / 4 * 4, j_fours = j + (j_end - j) / 4 * 4;
      for (size_t r = i; r < i_fours; r += 4) {
        for (size_t c = j; c < j_fours; c += 4) CopyFours(x + c * step + r, step, y + r * rows_step + c, rows_step);
      }
      CopyElements(i, i_fours, j_fours, j_end);
      CopyElements(i_fours, i_end, j, j_end);
    } else {
      CopyElements(i, i_end, j, j_end);
    }
  }

  void CopyRows(size_t begin, size_t end) const {
    if (rows_step == columns) {
      if (columns == 2) return Interleave<2>(begin, end);
      if constexpr (sizeof(T) == sizeof(uint32_t)) {
        if (columns == 3) return InterleaveThree(x, step, y, begin, end);
      }
      if (columns == 3) return Interleave<3>(begin, end);
      if (columns == 4) return Interleave<4>(begin, end);
    }
    if (begin == 0 && end == rows && step == rows) {
      if (rows == 2) return Part<2>();
      if (rows == 3) return Part<3>();
      if (rows == 4) return Part<4>();
    }
    for (size_t i = begin; i < end; i += kSquare) {
      const size_t i_end = std::min(i + kSquare, end);
      for (size_t j = 0; j < columns; j += kSquare) {
        const size_t j_end = std::min(j + kSquare, columns);
        CopySquare(i, i_end, j, j_end);
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
