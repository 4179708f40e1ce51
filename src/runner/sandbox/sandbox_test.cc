// Each case runs in a child process: a sandbox cannot be taken off again.
#include "runner/sandbox/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>

#include "runner/sandbox/landlock.h"
#include "sys/file/file.h"
#include "sys/file/temp_dir.h"

namespace verge::runner {
namespace {

// Exit status of a child that applies `policy` and then runs `body`; 99: the sandbox could not be applied.
int InSandbox(const SandboxPolicy& policy, const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(ApplySandbox(policy).ok() ? body() : 99);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int ErrnoOf(long result) { return result < 0 ? errno : 0; }

TEST(Sandbox, ForbidsProgramsDebuggingAndInternet) {
  const SandboxPolicy policy{.memory_mb = 256, .read_paths = SystemReadPaths(), .write_paths = {}};
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(execl("/bin/true", "true", nullptr)); }), EPERM);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }),
            kForbidsDebugging ? EPERM : 0);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_INET6, SOCK_DGRAM, 0)); }), EPERM);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_UNIX, SOCK_STREAM, 0)); }), 0);
}

TEST(Sandbox, NetworkCanBeGranted) {
  const SandboxPolicy policy{.has_network = true, .read_paths = SystemReadPaths(), .write_paths = {}};
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_INET, SOCK_STREAM, 0)); }), 0);
}

TEST(Sandbox, LimitsFilesMemoryAndCores) {
  const SandboxPolicy policy{.memory_mb = 64, .files = 32, .read_paths = SystemReadPaths(), .write_paths = {}};
  const auto limit_is = [](__rlimit_resource resource, rlim_t wanted) {
    rlimit limit = {};
    getrlimit(resource, &limit);
    return limit.rlim_cur == wanted && limit.rlim_max == wanted;
  };
  EXPECT_EQ(InSandbox(policy, [&] { return limit_is(RLIMIT_NOFILE, 32) ? 0 : 1; }), 0);
  EXPECT_EQ(InSandbox(policy, [&] { return limit_is(RLIMIT_CORE, 0) ? 0 : 1; }), 0);
  const int status = InSandbox(policy, [] {
    void* const big = mmap(nullptr, size_t{200} << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return big == MAP_FAILED ? errno : 0;
  });
  EXPECT_EQ(status, kLimitsMemory ? ENOMEM : 0);
}

TEST(Sandbox, FilesAreReadAndWrittenOnlyWhereAllowed) {
  const Result<sys::TempDir> dir = sys::TempDir::Create();
  ASSERT_TRUE(dir.ok());
  for (const char* name : {"app", "data", "other"}) ASSERT_TRUE(sys::MakeDirs(dir->File(name)).ok());
  for (const char* name : {"app/f", "other/f"}) ASSERT_TRUE(sys::WriteFileAtomic(dir->File(name), "x").ok());
  SandboxPolicy policy{.read_paths = SystemReadPaths(), .write_paths = {dir->File("data")}};
  policy.read_paths.push_back(dir->File("app"));
  const auto open_with = [&](const std::string& name, int flags) {
    return InSandbox(policy, [&, path = dir->File(name)] { return ErrnoOf(open(path.c_str(), flags, 0600)); });
  };
  EXPECT_EQ(open_with("app/f", O_RDONLY), 0);
  EXPECT_EQ(open_with("data/new", O_WRONLY | O_CREAT), 0);
  // Without Landlock nothing holds these back, and Explain says so.
  const int refused = LandlockAbi() > 0 ? EACCES : 0;
  EXPECT_EQ(open_with("app/f", O_WRONLY), refused);
  EXPECT_EQ(open_with("app/new", O_WRONLY | O_CREAT), refused);
  EXPECT_EQ(open_with("other/f", O_RDONLY), refused);
  EXPECT_THAT(Explain(policy), testing::HasSubstr(LandlockAbi() > 0 ? "enforced by Landlock" : "NOT enforced"));
}

// A program that ends normally in the sandbox ends well: under the address sanitizer that includes its leak check.
TEST(Sandbox, ProgramsEndWellInIt) {
  const SandboxPolicy policy{.read_paths = SystemReadPaths(), .write_paths = {}};
  EXPECT_EQ(InSandbox(policy, []() -> int { exit(0); }), 0);
}

}  // namespace
}  // namespace verge::runner
