#include "runner/sandbox/landlock.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/file/file.h"
#include "sys/file/unique_fd.h"

namespace verge::runner {
namespace {

// The rights of the first version of the interface: what every kernel with Landlock knows.
constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG;
constexpr uint64_t kNever = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                            LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
// What a rule about a file (not a folder) may grant.
constexpr uint64_t kOfFiles = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

Status Allow(int ruleset, const std::string& path, uint64_t access) {
  const sys::UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid() && errno == ENOENT) return Status::Ok();
  struct stat info = {};
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return sys::ErrnoStatus(errno, path, "open for the sandbox");
  if (!S_ISDIR(info.st_mode)) access &= kOfFiles;
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = access;
  rule.parent_fd = fd.get();
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return sys::ErrnoStatus(errno, path, "allow in the sandbox");
  }
  return Status::Ok();
}

}  // namespace

int LandlockAbi() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

Status RestrictFiles(const SandboxPolicy& policy) {
  if (LandlockAbi() == 0) return Status::Ok();
  landlock_ruleset_attr attr = {};
  attr.handled_access_fs = kRead | kWrite | kNever;
  const sys::UniqueFd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0)));
  if (!ruleset.valid()) return sys::ErrnoStatus(errno, "Landlock", "make a rule set");
  for (const std::string& path : policy.read_paths) VERGE_TRY(Allow(ruleset.get(), path, kRead));
  for (const std::string& path : policy.write_paths) VERGE_TRY(Allow(ruleset.get(), path, kRead | kWrite));
  // Programs write here as a matter of course; it goes nowhere.
  VERGE_TRY(Allow(ruleset.get(), "/dev/null", kRead | kWrite));
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    return sys::ErrnoStatus(errno, "Landlock", "apply the rules");
  return Status::Ok();
}

}  // namespace verge::runner
