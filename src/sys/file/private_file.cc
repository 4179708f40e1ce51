#include "sys/file/private_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "sys/file/file.h"

namespace verge::sys {

Result<std::string> ReadPrivateFile(const std::string& path, uint64_t limit_bytes) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return ErrnoStatus(errno, path, "look at");
  const unsigned mode = info.st_mode & 0777U;
  if ((mode & 0077U) == 0) return ReadFile(path, limit_bytes);
  std::array<char, 8> octal{};
  std::snprintf(octal.data(), octal.size(), "%04o", mode);
  return VERGE_ERROR(kPermission, path + ": others may read or change it (mode " + octal.data() +
                                      "), so the secret in it may be known; make a new one, or `chmod 600` it when "
                                      "nobody else was on this machine");
}

}  // namespace verge::sys
