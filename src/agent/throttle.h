// Keeps downloads below so many bytes a second, over all of them.
//
// Threads   any one at a time. Memory: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/status.h"

namespace verge::agent {

class Throttle {
 public:
  // 0: no limit.
  explicit Throttle(int64_t bytes_per_s) : bytes_per_s_(bytes_per_s) {}

  // Returns once `bytes` more are allowed; `check` is asked every 50 ms and its error ends the wait.
  Status Spend(size_t bytes, const std::function<Status()>& check);

 private:
  int64_t bytes_per_s_;
  int64_t free_at_us_ = 0;  // by the steady clock: when what was spent is paid
};

}  // namespace verge::agent
