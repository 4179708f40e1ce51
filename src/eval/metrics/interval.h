// How sure a measured figure is: 95 % intervals.
//
//   Wilson      of a proportion k / n: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), z = 1.959964.
//               Wilson 1927; right for small n and for p near 0 and 1.
//   Bootstrap   of any statistic of a set of items: the 2.5 and 97.5 percentiles over resamples of as many items, drawn
//               with replacement. Efron 1979. The seed is fixed: the same items give the same interval.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace verge::eval {

struct Interval {
  double lo = 0;
  double hi = 0;
};

// Nothing for n == 0.
std::optional<Interval> Wilson(size_t successes, size_t n);

// `statistic` gets how often each item was drawn; a result that is not a number is left out. Nothing for fewer than two
// items: one item says nothing about others.
std::optional<Interval> Bootstrap(size_t items, const std::function<double(std::span<const uint32_t>)>& statistic,
                                  int resamples = 1000);

}  // namespace verge::eval
