// Fork-join over a fixed set of threads, as kernels see it. sys/threads has the real one.
#pragma once

namespace verge {

// Tasks of one call run in any order, on the caller's thread too.
class Parallel {
 public:
  virtual ~Parallel() = default;
  virtual int threads() const = 0;
  using Task = void (*)(void* context, int task);
  // Calls task(context, 0 .. count-1) and returns when all are done. Not re-entrant from inside a task.
  virtual void Run(int count, Task task, void* context) = 0;
};

}  // namespace verge
