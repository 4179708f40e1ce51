#include "drift/ddm.h"

#include <cmath>

namespace verge::drift {

DdmLevel Ddm::Add(bool is_error) {
  ++count_;
  if (is_error) ++errors_;
  if (count_ < least_) return DdmLevel::kStable;
  const double rate = error_rate();
  const double deviation = std::sqrt(rate * (1 - rate) / static_cast<double>(count_));
  // Without one error yet there is no deviation to measure by: any later error would be an infinity of them.
  if (errors_ > 0 && (!has_least_ || rate + deviation < least_rate_ + least_deviation_)) {
    has_least_ = true;
    least_rate_ = rate;
    least_deviation_ = deviation;
  }
  if (!has_least_) return DdmLevel::kStable;
  if (rate + deviation > least_rate_ + 3 * least_deviation_) {
    Reset();
    return DdmLevel::kDrift;
  }
  return rate + deviation > least_rate_ + 2 * least_deviation_ ? DdmLevel::kWarning : DdmLevel::kStable;
}

void Ddm::Reset() { *this = Ddm(least_); }

void Ddm::Save(StateWriter& out) const {
  out.Tag("DDM ");
  out.Number(count_);
  out.Number(errors_);
  out.Number(has_least_ ? 1 : 0);
  out.Real(least_rate_);
  out.Real(least_deviation_);
}

Status Ddm::Load(StateReader& in) {
  VERGE_TRY(in.Tag("DDM "));
  VERGE_TRY_ASSIGN(count_, in.Number(UINT64_MAX));
  VERGE_TRY_ASSIGN(errors_, in.Number(count_));
  VERGE_TRY_ASSIGN(const uint64_t has_least, in.Number(1));
  has_least_ = has_least == 1;
  VERGE_TRY_ASSIGN(least_rate_, in.Real());
  VERGE_TRY_ASSIGN(least_deviation_, in.Real());
  return Status::Ok();
}

}  // namespace verge::drift
