// How far one list of numbers is from another.
#pragma once

#include <cstddef>
#include <span>

namespace verge::compare {

struct Metrics {
  size_t count = 0;
  double largest = 0;       // max |a|
  double max_error = 0;     // max |a - b|; infinite where only one of them is a finite number
  double max_relative = 0;  // max_error / largest; 0 when both are all zeros
  double sqnr_db = 0;       // 10 log10(sum a^2 / sum (a - b)^2); +infinity when they are equal
  double cosine = 1;        // of the angle between them; 1 when both are all zeros
  size_t worst = 0;         // where max_error is
  double a_at_worst = 0;
  double b_at_worst = 0;
  bool is_equal() const { return max_error == 0; }
};

// `a` is what the errors are relative to. As many elements each. NaN equals NaN, infinity the same infinity.
Metrics Measure(std::span<const double> a, std::span<const double> b);

}  // namespace verge::compare
