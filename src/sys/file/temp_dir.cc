#include "sys/file/temp_dir.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sys/file/file.h"

namespace verge::sys {

Result<TempDir> TempDir::Create() {
  const char* base = std::getenv("TMPDIR");
  std::string path = JoinPath(base != nullptr && *base != '\0' ? base : P_tmpdir, "verge-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return ErrnoStatus(errno, path, "create");
  return TempDir(std::move(path));
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  const Status removed = RemoveTree(path_);
  (void)removed;  // a destructor has nobody to tell; the system cleans its temporary folder
}

}  // namespace verge::sys
