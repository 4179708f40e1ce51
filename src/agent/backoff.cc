#include "agent/backoff.h"

#include <algorithm>

#include "sys/crypto/random.h"

namespace verge::agent {

int64_t Backoff::NextMs() {
  const int64_t whole = next_ms_;
  next_ms_ = std::min(max_ms_, next_ms_ * 2);
  const int64_t half = whole / 2;
  return half + static_cast<int64_t>(sys::RandomBelow(static_cast<unsigned>(whole - half) + 1));
}

}  // namespace verge::agent
