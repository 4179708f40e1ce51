// How closely two results agree.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <span>

namespace verge::eval {

// Sums over any number of values; adding up parts gives the figures of the whole.
struct Agreement {
  double reference_energy = 0;  // sum of want^2
  double got_energy = 0;
  double product = 0;
  double error_energy = 0;  // sum of (got - want)^2
  double largest_error = 0;
  double largest_want = 0;
  size_t values = 0;
  size_t different = 0;  // values that are not the same number

  void Add(std::span<const float> got, std::span<const float> want);
  void Add(const Agreement& other);

  // Signal to quantisation noise, 10 log10(sum want^2 / sum (got - want)^2); infinite when there is no error.
  double SqnrDb() const;
  // 1: same direction. 1 also when both are zero.
  double Cosine() const;
  // largest |got - want| / largest |want|.
  double RelativeError() const;
};

}  // namespace verge::eval
