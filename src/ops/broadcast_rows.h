// Broadcasting of two tensors as rows over which each of them is a run of neighbours or one value.
//
// Threads   rows are shared out; row r of y begins at r * size()
#pragma once

#include <algorithm>

#include "kernels/parallel_range.h"
#include "ops/broadcast.h"

namespace verge::ops {

class BroadcastRows {
 public:
  // Shapes that broadcast to y, which has elements.
  BroadcastRows(const Shape& a, const Shape& b, const Shape& y)
      : outer_(y), strides_{BroadcastStrides(a, y), BroadcastStrides(b, y)} {
    for (int d = y.rank() - 1; d >= 0 && Joins(d); --d) {
      size_ *= static_cast<size_t>(y[d]);
      outer_.set(d, 1);
    }
  }

  size_t size() const { return size_; }
  bool a_moves() const { return moves_[0]; }
  bool b_moves() const { return moves_[1]; }

  // f(element of a, element of b, element of y) where each row begins.
  template <typename F>
  void ForEach(Parallel* parallel, size_t grain, const F& f) const {
    kernels::ParallelRange(parallel, outer_.elems(), grain / size_ + 1, [&](size_t begin, size_t end) {
      NdWalk<2> walk(outer_, strides_);
      walk.Seek(begin);
      for (size_t row = begin; row < end; ++row, walk.Next()) f(walk[0], walk[1], row * size_);
    });
  }

 private:
  // Whether dimension d continues the rows; the first of more than one element says how.
  bool Joins(int d) {
    if (outer_[d] == 1) return true;
    for (size_t k = 0; k < 2; ++k) {
      const int64_t stride = strides_[k][static_cast<size_t>(d)];
      if (size_ == 1) moves_[k] = stride == 1;
      if (stride != (moves_[k] ? static_cast<int64_t>(size_) : 0)) return false;
    }
    return true;
  }

  Shape outer_;
  std::array<Strides, 2> strides_;
  std::array<bool, 2> moves_{true, true};
  size_t size_ = 1;
};

}  // namespace verge::ops
