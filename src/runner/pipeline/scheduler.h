// Runs a graph of elements on a few threads.
//
//   next element = the one farthest from the sources that has something to do and room before all its readers;
//                  when there is none, the source whose media time is behind the others'
//
// Order     each element sees each input in the order it was given, and several inputs merged by media time (of equal
//           times, by the order of `from`): an input that is empty and not yet past that time is waited for. What an
//           element sees therefore never depends on speed or on the number of workers, and with one worker the order in
//           which elements run does not either.
// Progress  every packet that a stage turns into nothing becomes a mark for its readers, so that merging never waits
// for
//           a branch that has nothing to say. If nothing can run all the same (more packets of one media time than fit
//           in a queue), the first element that waits for a merge goes on with what it has.
// Waiting   a source that waits for the world has a thread of its own; nothing else waits. Worker threads sleep when
//           there is nothing to do.
// Memory    each queue holds its capacity, its marks, and what one call of a stage gives beyond it.
// Errors    the first element that failed, with its id; the others stop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "runner/pipeline/node.h"

namespace verge::runner::pipeline {

class PacketTap;

class Scheduler {
 public:
  // Nodes are in an order in which every one stands behind those it reads; they and the counter outlive the
  // scheduler.
  Scheduler(std::vector<std::unique_ptr<Node>>& nodes, std::atomic<int64_t>& frames) : nodes_(nodes), frames_(frames) {}

  // Before Run: `tap` sees what nodes with is_recorded give, and outlives the scheduler.
  void SetTap(PacketTap* tap) { tap_ = tap; }

  // Blocks until every source has ended and everything is worked off, or until the first error. `max_frames` > 0: the
  // sources end after so many packets in all. `workers` >= 1: threads, the calling one included. Once only.
  Status Run(int64_t max_frames, size_t workers);
  // The sources end; from any thread.
  void Stop();

 private:
  using Lock = std::unique_lock<std::mutex>;

  void Work();
  void RunOwnThread(Node& node);
  Node* Choose(size_t& input);
  bool HasRoom(const Node& node) const;
  static bool IsReady(const Node& node, bool is_forced, size_t& input);
  bool IsSourceEnded() const { return is_stopping_ || (max_frames_ > 0 && frames_.load() >= max_frames_); }
  void StepSource(Node& node, Lock& lock);
  void StepStage(Node& node, size_t input, Lock& lock);
  void FinishStage(Node& node, Lock& lock);
  Status Give(Node& node, std::vector<Packet>& packets, int64_t mark_us);
  void Close(Node& node);
  void Fail(const Node& node, Status status);

  std::vector<std::unique_ptr<Node>>& nodes_;
  PacketTap* tap_ = nullptr;
  std::atomic<int64_t>& frames_;
  int64_t max_frames_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t running_ = 0;  // elements that a thread is busy with, sources with own threads not counted
  size_t undone_ = 0;
  bool is_stopping_ = false;
  Status first_error_;
};

}  // namespace verge::runner::pipeline
