#include "drift/page_hinkley.h"

#include <algorithm>

namespace verge::drift {

bool PageHinkley::Add(double value) {
  ++count_;
  mean_ += (value - mean_) / static_cast<double>(count_);
  up_ = std::max(0.0, up_ + value - mean_ - delta_);
  down_ = std::max(0.0, down_ + mean_ - value - delta_);
  if (count_ < least_ || std::max(up_, down_) <= lambda_) return false;
  Reset();
  return true;
}

void PageHinkley::Reset() {
  count_ = 0;
  mean_ = 0;
  up_ = 0;
  down_ = 0;
}

void PageHinkley::Save(StateWriter& out) const {
  out.Tag("PAGE");
  out.Number(count_);
  for (const double value : {mean_, up_, down_}) out.Real(value);
}

Status PageHinkley::Load(StateReader& in) {
  VERGE_TRY(in.Tag("PAGE"));
  VERGE_TRY_ASSIGN(count_, in.Number(UINT64_MAX));
  for (double* value : {&mean_, &up_, &down_}) {
    VERGE_TRY_ASSIGN(*value, in.Real());
  }
  return Status::Ok();
}

}  // namespace verge::drift
