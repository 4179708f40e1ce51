// A fork-join pool of a fixed number of threads: what kernels split their work over.
//
// Run() hands out tasks 0 .. count-1 to the caller and threads-1 workers and returns when all are done. Workers spin
// for about 300 us after a job (the next one usually comes at once), then sleep until woken; the caller does the same
// while it waits for the last tasks.
//
// Memory    Run takes nothing from the heap.
// Threads   any thread may call Run. Only one job runs at a time: a call that finds the pool busy (from another thread,
//           or from inside a task) does all its tasks itself, on the calling thread.
// Order     what the caller wrote before Run is seen by the tasks; what tasks wrote is seen after Run.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/parallel.h"
#include "base/status.h"

namespace verge::sys {

class ThreadPool final : public Parallel {
 public:
  static constexpr int kMaxThreads = 256;

  // `threads` counts the caller: 1 starts no worker. kInvalidArgument outside 1..kMaxThreads, kResourceExhausted when
  // the system starts no more threads.
  static Result<std::unique_ptr<ThreadPool>> Create(int threads);
  // Must not run while a Run is in progress.
  ~ThreadPool() override;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const override { return threads_; }
  void Run(int count, Task task, void* context) override;

 private:
  explicit ThreadPool(int threads) : threads_(threads) {}

  void RunJob(int first, int count, Task task, void* context);
  // Claims and runs one task of the current job; false when none is left.
  bool RunOne();
  bool HasWork() const;
  void WorkerLoop();
  void SleepUntilWork();
  void WaitUntilDone(uint32_t count);

  const int threads_;
  std::vector<std::thread> workers_;

  // The current job. state_ is epoch << 32 | count << 16 | next; a task is claimed by moving next up with a
  // compare-exchange, so a late worker can never take a task of one job with the fields of another.
  std::atomic<uint64_t> state_{0};
  std::atomic<Task> task_{nullptr};
  std::atomic<void*> context_{nullptr};
  std::atomic<int> first_{0};
  std::atomic<uint32_t> done_{0};

  std::atomic_flag is_busy_ = ATOMIC_FLAG_INIT;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> sleepers_{0};
  std::atomic<bool> is_caller_asleep_{false};
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable finished_;
};

}  // namespace verge::sys
