// A lock file that one process at a time can hold; the kernel frees it when the process ends, however it ends.
#pragma once

#include <string>

#include "base/status.h"
#include "sys/file/unique_fd.h"

namespace verge::sys {

class FileLock {
 public:
  // kFailedPrecondition when another process holds it.
  static Result<FileLock> Acquire(const std::string& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace verge::sys
