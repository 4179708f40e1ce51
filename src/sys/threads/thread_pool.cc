#include "sys/threads/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace verge::sys {
namespace {

// Longer than what a network does on one thread between two jobs: to wake a sleeper costs the caller some 50 us in a
// virtual machine.
constexpr std::chrono::microseconds kSpin{300};
constexpr int kMaxJobTasks = 0xffff;  // what fits the count and next fields of the state

void Relax() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

uint64_t MakeState(uint64_t epoch, uint64_t count) { return (epoch << 32) | (count << 16); }
uint32_t EpochOf(uint64_t state) { return static_cast<uint32_t>(state >> 32); }
uint32_t CountOf(uint64_t state) { return static_cast<uint32_t>(state >> 16) & 0xffff; }
uint32_t NextOf(uint64_t state) { return static_cast<uint32_t>(state) & 0xffff; }

// Spins until `is_ready` or the spin time is over.
template <typename Predicate>
bool SpinUntil(const Predicate& is_ready) {
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 64; ++i) {
      if (is_ready()) return true;
      Relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

Result<std::unique_ptr<ThreadPool>> ThreadPool::Create(int threads) {
  if (threads < 1 || threads > kMaxThreads) {
    return VERGE_ERROR(kInvalidArgument,
                       "threads must be 1.." + std::to_string(kMaxThreads) + ", got " + std::to_string(threads));
  }
  std::unique_ptr<ThreadPool> pool(new ThreadPool(threads));
  try {
    for (int i = 1; i < threads; ++i) pool->workers_.emplace_back([p = pool.get()] { p->WorkerLoop(); });
  } catch (const std::system_error& error) {
    return VERGE_ERROR(kResourceExhausted, std::string("cannot start a thread: ") + error.what());
  }
  return pool;
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopping_.store(true);
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Run(int count, Task task, void* context) {
  if (count <= 1 || workers_.empty() || is_busy_.test_and_set(std::memory_order_acquire)) {
    for (int i = 0; i < count; ++i) task(context, i);
    return;
  }
  for (int first = 0; first < count; first += kMaxJobTasks) {
    RunJob(first, std::min(count - first, kMaxJobTasks), task, context);
  }
  is_busy_.clear(std::memory_order_release);
}

void ThreadPool::RunJob(int first, int count, Task task, void* context) {
  // Every task of the last job is done, so nobody claims by these fields until the new state is published.
  first_.store(first, std::memory_order_relaxed);
  task_.store(task, std::memory_order_relaxed);
  context_.store(context, std::memory_order_relaxed);
  done_.store(0, std::memory_order_relaxed);
  const uint32_t epoch = EpochOf(state_.load(std::memory_order_relaxed)) + 1;
  state_.store(MakeState(epoch, static_cast<uint64_t>(count)));  // seq_cst: before the look at sleepers_
  if (sleepers_.load() > 0) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
    }  // a worker between its last look and wait() gets the signal
    work_.notify_all();
  }
  while (RunOne()) {
  }
  WaitUntilDone(static_cast<uint32_t>(count));
}

bool ThreadPool::RunOne() {
  uint64_t state = state_.load(std::memory_order_acquire);
  while (NextOf(state) < CountOf(state)) {
    const Task task = task_.load(std::memory_order_relaxed);
    void* const context = context_.load(std::memory_order_relaxed);
    const int first = first_.load(std::memory_order_relaxed);
    if (!state_.compare_exchange_weak(state, state + 1, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    task(context, first + static_cast<int>(NextOf(state)));
    // seq_cst pairs with WaitUntilDone: either the caller sees this, or we see that it sleeps.
    if (done_.fetch_add(1) + 1 == CountOf(state) && is_caller_asleep_.load()) {
      {
        const std::lock_guard<std::mutex> lock(mutex_);
      }
      finished_.notify_all();
    }
    return true;
  }
  return false;
}

bool ThreadPool::HasWork() const {
  const uint64_t state = state_.load();
  return NextOf(state) < CountOf(state);
}

void ThreadPool::WorkerLoop() {
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    if (RunOne()) continue;
    const bool is_ready = SpinUntil([this] { return HasWork() || is_stopping_.load(std::memory_order_relaxed); });
    if (!is_ready) SleepUntilWork();
  }
}

void ThreadPool::SleepUntilWork() {
  std::unique_lock<std::mutex> lock(mutex_);
  sleepers_.fetch_add(1);  // seq_cst: before the last look at state_
  work_.wait(lock, [this] { return HasWork() || is_stopping_.load(); });
  sleepers_.fetch_sub(1);
}

void ThreadPool::WaitUntilDone(uint32_t count) {
  const auto is_done = [&] { return done_.load() == count; };
  if (SpinUntil(is_done)) return;
  std::unique_lock<std::mutex> lock(mutex_);
  is_caller_asleep_.store(true);
  finished_.wait(lock, is_done);
  is_caller_asleep_.store(false);
}

}  // namespace verge::sys
