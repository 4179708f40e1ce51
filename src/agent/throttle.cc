#include "agent/throttle.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace verge::agent {
namespace {

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Status Throttle::Spend(size_t bytes, const std::function<Status()>& check) {
  if (bytes_per_s_ <= 0) return Status::Ok();
  // Time that passed without a download is not saved up.
  free_at_us_ = std::max(free_at_us_, NowUs()) + static_cast<int64_t>(bytes) * 1'000'000 / bytes_per_s_;
  for (int64_t now = NowUs(); now < free_at_us_; now = NowUs()) {
    VERGE_TRY(check());
    std::this_thread::sleep_for(std::chrono::microseconds(std::min<int64_t>(free_at_us_ - now, 50'000)));
  }
  return Status::Ok();
}

}  // namespace verge::agent
