#include "sys/file/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "sys/file/file.h"

namespace verge::sys {

Result<FileLock> FileLock::Acquire(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open");
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return VERGE_ERROR(kFailedPrecondition, path + ": another process holds this lock; stop it first");
    }
    return ErrnoStatus(errno, path, "lock");
  }
  return FileLock(std::move(fd));
}

}  // namespace verge::sys
