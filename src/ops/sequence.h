// Where the steps of a recurrent layer lie in memory.
#pragma once

#include <cstddef>

namespace verge::ops {

struct SequenceLayout {
  bool is_time_major = false;  // [t, b, ...]; else [b, t, ...]
  bool is_reversed = false;    // the last step comes first
  size_t steps = 1;
  size_t batch = 1;

  // The row of the k-th computed step of row `b` of the batch.
  size_t Row(size_t k, size_t b) const {
    const size_t t = is_reversed ? steps - 1 - k : k;
    return is_time_major ? t * batch + b : b * steps + t;
  }
};

}  // namespace verge::ops
