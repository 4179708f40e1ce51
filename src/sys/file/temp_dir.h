// A folder of its own that disappears with the object; for work in progress and for tests.
#pragma once

#include <string>

#include "base/status.h"

namespace verge::sys {

class TempDir {
 public:
  // Under $TMPDIR or the system's default, mode 0700.
  static Result<TempDir> Create();

  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace verge::sys
