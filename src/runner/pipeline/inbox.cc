#include "runner/pipeline/inbox.h"

#include <algorithm>

namespace verge::runner::pipeline {

size_t Inbox::Push(Packet packet) {
  reached_us_ = std::max(reached_us_, packet.media_us);
  if (packet.is_mark) {
    const bool follows_mark = !waiting_.empty() && waiting_.back().is_mark;
    if (follows_mark) {
      waiting_.back() = std::move(packet);
    } else {
      waiting_.push_back(std::move(packet));
    }
    return 0;
  }
  size_t dropped = 0;
  while (may_drop_ && packet_count_ >= capacity_) {
    const auto oldest = std::find_if(waiting_.begin(), waiting_.end(), [](const Packet& p) { return !p.is_mark; });
    waiting_.erase(oldest);
    --packet_count_;
    ++dropped;
  }
  waiting_.push_back(std::move(packet));
  ++packet_count_;
  return dropped;
}

Packet Inbox::Pop() {
  Packet packet = std::move(waiting_.front());
  waiting_.pop_front();
  if (!packet.is_mark) --packet_count_;
  return packet;
}

}  // namespace verge::runner::pipeline
