#include "sys/file/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "sys/file/file.h"
#include "sys/file/unique_fd.h"

namespace verge::sys {

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open");
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, path, "look at");
  if (!S_ISREG(info.st_mode)) return VERGE_ERROR(kInvalidArgument, path + ": not a regular file");
  const size_t size = static_cast<size_t>(info.st_size);
  if (size == 0) return MappedFile(nullptr, 0);
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return ErrnoStatus(errno, path, "map");
  return MappedFile(data, size);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void MappedFile::Drop(std::span<const std::byte> part) const {
  const auto* const begin = static_cast<const std::byte*>(data_);
  if (part.data() < begin || part.data() + part.size() > begin + size_) return;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t first = (static_cast<size_t>(part.data() - begin) + page - 1) / page * page;
  const size_t last = static_cast<size_t>(part.data() - begin + static_cast<ptrdiff_t>(part.size())) / page * page;
  if (last > first) madvise(static_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace verge::sys
