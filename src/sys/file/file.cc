#include "sys/file/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "sys/file/unique_fd.h"

namespace verge::sys {
namespace {

struct DirCloser {
  void operator()(DIR* dir) const { closedir(dir); }
};
using DirHandle = std::unique_ptr<DIR, DirCloser>;

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus(errno, path, "write");
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::Ok();
}

// Removes `name` below the open folder `at`; never follows a link.
Status RemoveAt(int at, const char* name, const std::string& shown) {
  if (unlinkat(at, name, 0) == 0 || errno == ENOENT) return Status::Ok();
  if (errno != EISDIR && errno != EPERM) return ErrnoStatus(errno, shown, "remove");
  const UniqueFd dir(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!dir.valid()) return ErrnoStatus(errno, shown, "open");
  const int copy = fcntl(dir.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return ErrnoStatus(errno, shown, "open");
  const DirHandle entries(fdopendir(copy));
  if (!entries) {
    close(copy);
    return ErrnoStatus(ENOMEM, shown, "list");
  }
  while (const dirent* entry = readdir(entries.get())) {
    const std::string_view child = entry->d_name;
    if (child == "." || child == "..") continue;
    VERGE_TRY(RemoveAt(dir.get(), entry->d_name, JoinPath(shown, child)));
  }
  if (unlinkat(at, name, AT_REMOVEDIR) != 0 && errno != ENOENT) return ErrnoStatus(errno, shown, "remove");
  return Status::Ok();
}

Status ListInto(const std::string& root, const std::string& prefix, size_t max_files, std::vector<std::string>& out) {
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, ListDir(JoinPath(root, prefix)));
  for (const std::string& name : names) {
    const std::string relative = prefix.empty() ? name : prefix + "/" + name;
    const std::string path = JoinPath(root, relative);
    struct stat info{};
    if (lstat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path, "look at");
    if (S_ISDIR(info.st_mode)) {
      VERGE_TRY(ListInto(root, relative, max_files, out));
    } else if (S_ISREG(info.st_mode)) {
      if (out.size() >= max_files) {
        return VERGE_ERROR(kResourceExhausted, root + ": more than " + std::to_string(max_files) + " files");
      }
      out.push_back(relative);
    } else {
      return VERGE_ERROR(kInvalidArgument,
                         path + ": neither a regular file nor a folder (a link?): replace or remove it");
    }
  }
  return Status::Ok();
}

}  // namespace

void UniqueFd::Reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Status ErrnoStatus(int error, std::string_view path, std::string_view action) {
  std::string text = std::string(path) + ": cannot " + std::string(action) + ": " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR: return VERGE_ERROR(kNotFound, std::move(text));
    case EACCES:
    case EPERM:
    case EROFS: return VERGE_ERROR(kPermission, std::move(text));
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM: return VERGE_ERROR(kResourceExhausted, std::move(text));
    case EEXIST: return VERGE_ERROR(kAlreadyExists, std::move(text));
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: return VERGE_ERROR(kInvalidArgument, std::move(text));
    default: return VERGE_ERROR(kUnavailable, std::move(text));
  }
}

std::string JoinPath(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  if (b.empty()) return std::string(a);
  std::string out(a);
  if (out.back() != '/') out += '/';
  return out += b;
}

std::string ParentPath(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

Result<std::string> ReadFile(const std::string& path, uint64_t limit_bytes) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open");
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return ErrnoStatus(errno, path, "look at");
  if (!S_ISREG(info.st_mode)) return VERGE_ERROR(kInvalidArgument, path + ": not a regular file");
  const auto too_large = [&] {
    return VERGE_ERROR(kResourceExhausted,
                       path + ": larger than the limit of " + std::to_string(limit_bytes) + " bytes");
  };
  if (static_cast<uint64_t>(info.st_size) > limit_bytes) return too_large();
  std::string out;
  out.resize(static_cast<size_t>(info.st_size));
  size_t got = 0;
  while (true) {  // the file may have grown or shrunk since it was looked at
    if (got == out.size()) out.resize(out.size() + 4096);
    const ssize_t n = read(fd.get(), out.data() + got, out.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, path, "read");
    if (n == 0) break;
    got += static_cast<size_t>(n);
    if (got > limit_bytes) return too_large();
  }
  out.resize(got);
  return out;
}

Status WriteFileAtomic(const std::string& path, std::string_view bytes, unsigned mode) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary = path + ".tmp." + std::to_string(getpid()) + "." + std::to_string(counter.fetch_add(1));
  const auto discard = [&temporary](Status status) {
    unlink(temporary.c_str());
    return status;
  };
  // What lies there is of a dead process that had our number: counters of one process do not repeat.
  unlink(temporary.c_str());
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoStatus(errno, path, "write");
  if (Status written = WriteAll(fd.get(), bytes, path); !written.ok()) return discard(std::move(written));
  if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) return discard(ErrnoStatus(errno, path, "set the mode of"));
  if (fsync(fd.get()) != 0) return discard(ErrnoStatus(errno, path, "sync"));
  fd.Reset();
  if (rename(temporary.c_str(), path.c_str()) != 0) return discard(ErrnoStatus(errno, path, "replace"));
  return SyncDir(ParentPath(path));
}

Status MakeDirs(const std::string& path, unsigned mode) {
  if (path.empty()) return VERGE_ERROR(kInvalidArgument, "cannot create a folder without a name");
  for (size_t end = 1; end <= path.size(); ++end) {
    if (end != path.size() && path[end] != '/') continue;
    const std::string part = path.substr(0, end);
    if (mkdir(part.c_str(), static_cast<mode_t>(mode)) == 0 || errno == EEXIST) continue;
    return ErrnoStatus(errno, part, "create");
  }
  if (!IsDirectory(path)) return VERGE_ERROR(kFailedPrecondition, path + ": exists and is not a folder");
  return Status::Ok();
}

Status RemoveTree(const std::string& path) { return RemoveAt(AT_FDCWD, path.c_str(), path); }

Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
  return ErrnoStatus(errno, path, "remove");
}

Status RenameDurable(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) return ErrnoStatus(errno, from, "rename to " + to);
  VERGE_TRY(SyncDir(ParentPath(to)));
  return ParentPath(from) == ParentPath(to) ? Status::Ok() : SyncDir(ParentPath(from));
}

Status SyncDir(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus(errno, path, "open");
  // Some file systems (FUSE, network) cannot sync a folder and say EINVAL: nothing better exists there.
  if (fsync(fd.get()) != 0 && errno != EINVAL) return ErrnoStatus(errno, path, "sync");
  return Status::Ok();
}

Status SetMode(const std::string& path, unsigned mode) {
  if (chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return ErrnoStatus(errno, path, "set the mode of");
  return Status::Ok();
}

bool Exists(const std::string& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0;
}

bool IsDirectory(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

Result<uint64_t> FileSize(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path, "look at");
  return static_cast<uint64_t>(info.st_size);
}

Result<std::vector<std::string>> ListDir(const std::string& path) {
  const DirHandle dir(opendir(path.c_str()));
  if (!dir) return ErrnoStatus(errno, path, "list");
  std::vector<std::string> names;
  while (const dirent* entry = readdir(dir.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> ListFilesRecursive(const std::string& root, size_t max_files) {
  std::vector<std::string> out;
  VERGE_TRY(ListInto(root, "", max_files, out));
  std::sort(out.begin(), out.end());
  return out;
}

Result<uint64_t> FreeSpace(const std::string& path) {
  struct statvfs info{};
  if (statvfs(path.c_str(), &info) != 0) return ErrnoStatus(errno, path, "ask for the free space of");
  return static_cast<uint64_t>(info.f_bavail) * static_cast<uint64_t>(info.f_frsize);
}

}  // namespace verge::sys
