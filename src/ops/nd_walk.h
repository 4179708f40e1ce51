// Walks the elements of a shape in row-major order and keeps, for each of K operands, the offset that the operand's own
// strides give; for reference kernels. A stride of 0 repeats, a negative one runs backwards.
#pragma once

#include <array>
#include <cstdint>

#include "base/tensor.h"

namespace verge::ops {

using Strides = std::array<int64_t, Shape::kMaxRank>;

// Strides in elements of a densely packed row-major tensor.
inline Strides RowMajorStrides(const Shape& shape) {
  Strides strides{};
  int64_t step = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    strides[static_cast<size_t>(d)] = step;
    step *= shape[d];
  }
  return strides;
}

template <size_t K>
class NdWalk {
 public:
  NdWalk(const Shape& shape, const std::array<Strides, K>& strides) : shape_(shape), strides_(strides) {}

  int64_t operator[](size_t k) const { return offsets_[k]; }
  int64_t at(int d) const { return at_[static_cast<size_t>(d)]; }

  const std::array<int64_t, Shape::kMaxRank>& position() const { return at_; }

  // To element `index` in row-major order.
  void Seek(size_t index) {
    offsets_ = {};
    for (int d = shape_.rank() - 1; d >= 0; --d) {
      const auto i = static_cast<size_t>(d);
      at_[i] = static_cast<int64_t>(index % static_cast<size_t>(shape_[d]));
      index /= static_cast<size_t>(shape_[d]);
      for (size_t k = 0; k < K; ++k) offsets_[k] += strides_[k][i] * at_[i];
    }
  }

  void Next() {
    for (int d = shape_.rank() - 1; d >= 0; --d) {
      const auto i = static_cast<size_t>(d);
      if (++at_[i] < shape_[d]) {
        for (size_t k = 0; k < K; ++k) offsets_[k] += strides_[k][i];
        return;
      }
      at_[i] = 0;
      for (size_t k = 0; k < K; ++k) offsets_[k] -= strides_[k][i] * (shape_[d] - 1);
    }
  }

 private:
  Shape shape_;
  std::array<Strides, K> strides_;
  std::array<int64_t, K> offsets_{};
  std::array<int64_t, Shape::kMaxRank> at_{};
};

// Sizes before, at and after one axis.
struct AxisSplit {
  size_t outer = 1;
  size_t size = 1;
  size_t inner = 1;
};
inline AxisSplit SplitAtAxis(const Shape& shape, int axis) {
  AxisSplit split;
  for (int d = 0; d < shape.rank(); ++d) {
    const auto n = static_cast<size_t>(shape[d]);
    if (d < axis) split.outer *= n;
    if (d == axis) split.size = n;
    if (d > axis) split.inner *= n;
  }
  return split;
}

}  // namespace verge::ops
