// How long to wait before the next try: doubles up to a limit, with jitter so that a fleet does not knock in step.
#pragma once

#include <cstdint>

namespace verge::agent {

class Backoff {
 public:
  Backoff(int64_t first_ms, int64_t max_ms) : first_ms_(first_ms), max_ms_(max_ms), next_ms_(first_ms) {}

  // Between half and the whole of first, 2*first, 4*first, ..., max.
  int64_t NextMs();
  // After a success.
  void Reset() { next_ms_ = first_ms_; }

 private:
  int64_t first_ms_;
  int64_t max_ms_;
  int64_t next_ms_;
};

}  // namespace verge::agent
