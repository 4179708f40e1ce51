// Where each buffer of a schedule lies in one arena, so that buffers that are never alive together share memory.
//
// Time is the index of a step. A buffer is alive from `first` to `last`, both included; two buffers may share bytes
// only when their times do not meet. Finding the smallest arena is NP-hard (dynamic storage allocation), so several
// greedy orders are tried (largest first; largest bytes x lifetime first; in order of time), each buffer goes into the
// tightest gap that fits, and the smallest arena wins.
//
// Result    deterministic: the same buffers give the same offsets.
// Threads   pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace verge::plan {

inline constexpr size_t kArenaAlignment = 64;
inline constexpr int32_t kNoAlias = -1;

struct ArenaBuffer {
  int32_t first = 0;
  int32_t last = 0;
  size_t bytes = 0;
  // Index of a buffer, earlier in the list, whose memory this one takes over (an in-place step): both get one offset
  // and live as one buffer from the earlier's first to the later's last.
  int32_t alias = kNoAlias;
};

struct ArenaPlan {
  std::vector<size_t> offsets;   // one a buffer, multiples of kArenaAlignment; 0 for empty buffers
  size_t total_bytes = 0;        // the arena's size
  size_t lower_bound_bytes = 0;  // the most bytes alive at one step: no plan can be smaller
};

// kInvalidArgument for last < first or an alias that does not point to an earlier buffer; kResourceExhausted when the
// sizes overflow.
Result<ArenaPlan> PlanArena(std::span<const ArenaBuffer> buffers);

}  // namespace verge::plan
