// What waits before one input of an element.
//
// Full      packets wait for room (HasRoom) or, where they may drop, the oldest goes: live, the newest counts. Marks
//           take no room: of neighbours only the last one is kept.
// Threads   none of its own: the scheduler's lock guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "runner/pipeline/packet.h"

namespace verge::runner::pipeline {

class Inbox {
 public:
  Inbox(size_t capacity, bool may_drop) : capacity_(capacity), may_drop_(may_drop) {}

  // Always true where packets may drop.
  bool HasRoom() const { return may_drop_ || packet_count_ < capacity_; }
  // How many packets were dropped to make room. Without dropping, a packet is taken even if there is no room: who
  // pushes asks HasRoom first, and what one call of a stage gives is never split.
  size_t Push(Packet packet);
  // The producer is done.
  void Close() { is_closed_ = true; }

  bool is_empty() const { return waiting_.empty(); }
  bool is_closed() const { return is_closed_; }
  const Packet& front() const { return waiting_.front(); }
  Packet Pop();
  // Media time up to which everything has been pushed.
  int64_t reached_us() const { return reached_us_; }
  bool may_drop() const { return may_drop_; }

 private:
  size_t capacity_;
  bool may_drop_;
  bool is_closed_ = false;
  size_t packet_count_ = 0;  // of waiting_, without marks
  int64_t reached_us_ = INT64_MIN;
  std::deque<Packet> waiting_;
};

}  // namespace verge::runner::pipeline
