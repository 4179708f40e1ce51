// What the fast kernels of non-maximum suppression share: the boxes taken so far, side by side for the vector kernels,
// and the candidates in order of score, as far as they are needed.
//
// Memory    borrowed
// Threads   one at a time
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "kernels/boxes_f32.h"

namespace verge::ops {

class KeptBoxes {
 public:
  // `planes` has room for kBoxPlanes * most floats.
  KeptBoxes(const kernels::BoxesF32Table& table, std::span<float> planes)
      : table_(table), planes_(planes.data()), stride_(planes.size() / kernels::kBoxPlanes) {}

  void Clear() { count_ = 0; }
  // `box`: its four corners and area.
  bool Covers(const float* box, float threshold, kernels::BoxRule rule) const {
    return table_.covers(planes_, stride_, count_, box, threshold, rule);
  }
  void Add(const float* box) {
    for (size_t p = 0; p < kernels::kBoxPlanes; ++p) planes_[p * stride_ + count_] = box[p];
    ++count_;
  }

 private:
  const kernels::BoxesF32Table& table_;
  float* planes_;
  size_t stride_;
  size_t count_ = 0;
};

// Calls take(index) by falling score, of equal scores the lower index first, until it returns false: most of the
// candidates never have to be sorted. No score is a NaN.
template <typename Take>
void ForBestFirst(std::span<int32_t> order, const float* score, Take take) {
  const auto is_better = [&](int32_t a, int32_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; };
  size_t block = 128;
  for (size_t begin = 0; begin < order.size(); block *= 4) {
    const size_t end = begin + std::min(block, order.size() - begin);
    const auto at = [&](size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    if (end < order.size()) std::nth_element(at(begin), at(end), order.end(), is_better);
    std::sort(at(begin), at(end), is_better);
    for (; begin < end; ++begin) {
      if (!take(order[begin])) return;
    }
  }
}

}  // namespace verge::ops
