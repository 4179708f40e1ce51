#include "runner/pipeline/queue.h"

namespace verge::runner::pipeline {

size_t Queue::Push(Packet packet) {
  size_t dropped = 0;
  {
    std::unique_lock lock(mutex_);
    if (when_full_ == WhenFull::kBlock) {
      not_full_.wait(lock, [this] { return packets_.size() < capacity_ || is_aborted_; });
    }
    if (is_aborted_) return 0;
    while (packets_.size() >= capacity_) {
      packets_.pop_front();
      ++dropped;
    }
    packets_.push_back(std::move(packet));
  }
  not_empty_.notify_one();
  return dropped;
}

void Queue::Close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  not_empty_.notify_all();
}

void Queue::Abort() {
  {
    const std::lock_guard lock(mutex_);
    is_aborted_ = true;
    is_closed_ = true;
    packets_.clear();
  }
  not_empty_.notify_all();
  not_full_.notify_all();
}

std::optional<Packet> Queue::Pop() {
  std::unique_lock lock(mutex_);
  not_empty_.wait(lock, [this] { return !packets_.empty() || is_closed_; });
  if (packets_.empty()) return std::nullopt;
  std::optional<Packet> packet = std::move(packets_.front());
  packets_.pop_front();
  lock.unlock();
  not_full_.notify_one();
  return packet;
}

}  // namespace verge::runner::pipeline
