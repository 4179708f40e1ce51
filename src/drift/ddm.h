// DDM: does a model err more often than it used to? Over a stream of right and wrong.
//
//   p_i = share of errors among i values,  s_i = sqrt(p_i (1 - p_i) / i),  p_min and s_min where p + s was least
//   warning when p_i + s_i > p_min + 2 s_min;  drift when p_i + s_i > p_min + 3 s_min
//
// Tells a rise of the error rate only. Where no labels exist, "error" may be any yes or no that should stay rare, such
// as a score below what is usable. Constant memory, O(1).
// False alarms: the three sigma are of one look, and it looks at every value, so that a stream of 10,000 stationary
// values gives one in a good part of all cases (compare_test measures it); use PSI or ADWIN where that matters.
// Gama, Medas, Castillo and Rodrigues, "Learning with Drift Detection" (2004).
#pragma once

#include <cstdint>

#include "base/status.h"
#include "drift/state.h"

namespace verge::drift {

enum class DdmLevel : uint8_t { kStable, kWarning, kDrift };

class Ddm {
 public:
  // No verdict before `least` values; the paper has 30.
  explicit Ddm(uint64_t least = 30) : least_(least) {}

  // kDrift: the test begins again.
  DdmLevel Add(bool is_error);
  void Reset();
  double error_rate() const { return count_ == 0 ? 0 : static_cast<double>(errors_) / static_cast<double>(count_); }
  uint64_t count() const { return count_; }

  void Save(StateWriter& out) const;
  Status Load(StateReader& in);

 private:
  uint64_t least_;
  uint64_t count_ = 0;
  uint64_t errors_ = 0;
  bool has_least_ = false;
  double least_rate_ = 0;
  double least_deviation_ = 0;
};

}  // namespace verge::drift
