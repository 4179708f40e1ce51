// ADWIN: has the mean changed? A window that grows while it has not, and forgets its old part when it has.
//
//   For every split of the window into an older part of n0 and a newer part of n1 values with means m0 and m1, cut when
//     |m0 - m1| > sqrt(2 / h * v * ln(2 / d')) + 2 / (3 h) * ln(2 / d'),   1/h = 1/n0 + 1/n1,   d' = delta / ln(n),
//   v the variance of the whole window. The bound holds for values in 0..1; `delta` bounds the chance of a false cut at
//   a check. Splits are looked at between buckets of 1, 2, 4, ... values, at most kPerRow of each size, so that memory
//   is constant and an Add costs O(log n) at every kClock-th value, else O(1) on average.
//
// Bifet and Gavalda, "Learning from Time-Changing Data with Adaptive Windowing" (2007), algorithm ADWIN2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "drift/state.h"

namespace verge::drift {

class Adwin {
 public:
  // 0 < delta < 1; values are moved from low..high to 0..1 and cut off outside of it; low < high.
  Adwin(double delta, double low, double high) : delta_(delta), low_(low), high_(high) {}

  // True: the mean has changed, and what came before is forgotten. `value` is a number (not NaN).
  bool Add(double value);
  // Of the window, in the unit of the values; 0 when there is none.
  double mean() const;
  uint64_t count() const { return count_; }

  void Save(StateWriter& out) const;
  Status Load(StateReader& in);

 private:
  static constexpr size_t kPerRow = 5;
  static constexpr size_t kRows = 40;  // 5 * 2^40 values: no device gets there
  static constexpr uint64_t kClock = 32;
  static constexpr uint64_t kLeast = 5;  // values on either side of a split

  struct Bucket {
    double sum = 0;
    double variance = 0;  // sum of squared distances from the bucket's mean
  };
  // The oldest first.
  struct Row {
    std::array<Bucket, kPerRow + 1> buckets;
    size_t count = 0;
  };

  void Compress();
  bool HasCut() const;
  void DropOldest();
  static Bucket Merge(const Bucket& a, double a_count, const Bucket& b, double b_count);

  double delta_;
  double low_;
  double high_;
  std::array<Row, kRows> rows_;
  uint64_t count_ = 0;
  uint64_t added_ = 0;
  double sum_ = 0;
  double variance_ = 0;
};

}  // namespace verge::drift
