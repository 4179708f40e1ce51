// A bounded queue of packets between two threads.
//
// Full      kBlock: Push waits (recordings: nothing is lost). kDropOldest: the oldest packet goes (live: the newest
// counts). Threads   one producer, one consumer, and anybody may Close or Abort.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

#include "runner/pipeline/packet.h"

namespace verge::runner::pipeline {

enum class WhenFull { kBlock, kDropOldest };

class Queue {
 public:
  Queue(size_t capacity, WhenFull when_full) : capacity_(capacity), when_full_(when_full) {}

  // How many packets were dropped to make room; the packet itself is dropped silently after Abort.
  size_t Push(Packet packet);
  // The producer is done: Pop gives what is left and then nothing.
  void Close();
  // Somebody failed: what is left is thrown away and nobody waits any more.
  void Abort();
  // Waits; empty at the end.
  std::optional<Packet> Pop();

 private:
  const size_t capacity_;
  const WhenFull when_full_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::condition_variable not_full_;
  std::deque<Packet> packets_;
  bool is_closed_ = false;
  bool is_aborted_ = false;
};

}  // namespace verge::runner::pipeline
