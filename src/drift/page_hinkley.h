// The test of Page and Hinkley: has the mean risen or fallen for good?
//
//   m_t = sum over i <= t of (x_i - mean_i - delta),  mean_i the mean of x_1 .. x_i
//   alarm "rose" when m_t - min over s <= t of m_s > lambda; "fell" is the same of -x.
//
// `delta` is the change that does not matter, `lambda` how much must add up: larger means fewer false alarms and a
// later true one, about lambda / (change - delta) values after it. Both in the unit of the values. Constant memory,
// O(1). Page, "Continuous Inspection Schemes" (1954); Hinkley, "Inference about the Change-Point from Cumulative Sum
// Tests" (1971).
#pragma once

#include <cstdint>

#include "base/status.h"
#include "drift/state.h"

namespace verge::drift {

class PageHinkley {
 public:
  // delta >= 0, lambda > 0. No alarm before `least` values: until then the mean is not known.
  PageHinkley(double delta, double lambda, uint64_t least = 30) : delta_(delta), lambda_(lambda), least_(least) {}

  // True: the mean has changed; the test begins again. `value` is a number (not NaN).
  bool Add(double value);
  void Reset();
  double mean() const { return mean_; }
  uint64_t count() const { return count_; }

  void Save(StateWriter& out) const;
  Status Load(StateReader& in);

 private:
  double delta_;
  double lambda_;
  uint64_t least_;
  uint64_t count_ = 0;
  double mean_ = 0;
  double up_ = 0;    // m_t - min m_s, kept at 0 or above: the same numbers without their drift to minus infinity
  double down_ = 0;  // the same for -x
};

}  // namespace verge::drift
