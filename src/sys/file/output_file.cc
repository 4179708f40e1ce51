#include "sys/file/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/file/file.h"

namespace verge::sys {

Result<OutputFile> OutputFile::Open(const std::string& path, bool truncate, unsigned mode) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (truncate ? O_TRUNC : 0);
  UniqueFd fd(open(path.c_str(), flags, static_cast<mode_t>(mode)));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open for writing");
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, path, "look at");
  if (!S_ISREG(info.st_mode)) return VERGE_ERROR(kInvalidArgument, path + ": not a regular file");
  return OutputFile(std::move(fd), path, static_cast<uint64_t>(info.st_size));
}

Status OutputFile::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd_.get(), bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus(errno, path_, "write");
    }
    size_bytes_ += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::Ok();
}

Status OutputFile::Sync() {
  if (fsync(fd_.get()) != 0) return ErrnoStatus(errno, path_, "sync");
  return Status::Ok();
}

}  // namespace verge::sys
