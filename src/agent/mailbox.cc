#include "agent/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "sys/file/file.h"

namespace verge::agent {

Result<std::unique_ptr<Mailbox>> Mailbox::Create() {
  sys::UniqueFd fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd.valid()) return sys::ErrnoStatus(errno, "eventfd", "create");
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(fd)));
}

void Mailbox::Post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  work_.push_back(std::move(work));
  const uint64_t one = 1;
  const ssize_t n = write(fd_.get(), &one, sizeof(one));
  (void)n;  // only a full counter refuses, and then the loop is awake already
}

void Mailbox::RunAll() {
  std::vector<std::function<void()>> batch;
  {
    const std::lock_guard lock(mutex_);
    uint64_t count = 0;
    const ssize_t n = read(fd_.get(), &count, sizeof(count));
    (void)n;  // nothing to read when nothing was posted
    batch.swap(work_);
  }
  for (const std::function<void()>& work : batch) work();
}

}  // namespace verge::agent
