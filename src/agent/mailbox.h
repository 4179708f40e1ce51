// How other threads hand work to the loop: closures that run on the loop's thread, and a descriptor that wakes its
// poll.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "sys/file/unique_fd.h"

namespace verge::agent {

class Mailbox {
 public:
  static Result<std::unique_ptr<Mailbox>> Create();

  // Any thread.
  void Post(std::function<void()> work);
  // The loop: readable when there is something to run.
  int fd() const { return fd_.get(); }
  // The loop: runs what was posted so far, in order.
  void RunAll();

 private:
  explicit Mailbox(sys::UniqueFd fd) : fd_(std::move(fd)) {}

  sys::UniqueFd fd_;
  std::mutex mutex_;
  std::vector<std::function<void()>> work_;
};

}  // namespace verge::agent
