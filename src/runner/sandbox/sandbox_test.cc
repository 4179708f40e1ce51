// Each case runs in a child process: a sandbox cannot be taken off again.
#include "runner/sandbox/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

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
  constexpr int kKilled = -SIGSYS;
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(execl("/bin/true", "true", nullptr)); }), kKilled);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }),
            kForbidsDebugging ? kKilled : 0);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(unshare(CLONE_NEWUSER)); }), kKilled);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_INET6, SOCK_DGRAM, 0)); }), EPERM);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(socket(AF_UNIX, SOCK_STREAM, 0)); }), 0);
}

TEST(Sandbox, StartsThreadsButNoProcesses) {
  const SandboxPolicy policy{.memory_mb = 256, .read_paths = SystemReadPaths(), .write_paths = {}};
  const int with_thread = InSandbox(policy, [] {
    int answer = 0;
    std::thread thread([&] { answer = 42; });
    thread.join();
    return answer;
  });
  EXPECT_EQ(with_thread, 42);
  if (!kForbidsDebugging) return;  // the leak checker's helper is a process
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(fork()); }), -SIGSYS);
  EXPECT_EQ(InSandbox(policy, [] { return ErrnoOf(syscall(SYS_clone3, nullptr, 0)); }), ENOSYS);
}

TEST(Sandbox, ReachesNoOtherProcess) {
  const SandboxPolicy policy{.memory_mb = 256, .read_paths = SystemReadPaths(), .write_paths = {}};
  const pid_t parent = getpid();
  if (kForbidsDebugging) {
    EXPECT_EQ(InSandbox(policy, [&] { return ErrnoOf(kill(parent, 0)); }), ENOSYS);
    EXPECT_EQ(InSandbox(policy, [&] { return ErrnoOf(syscall(SYS_tgkill, parent, parent, 0)); }), ENOSYS);
  }
  EXPECT_EQ(InSandbox(policy, []() -> int { abort(); }), -SIGABRT) << "a signal to itself arrives";
}

TEST(Sandbox, ItsNamespaceHasNoNetwork) {
  const SandboxPolicy policy{.memory_mb = 256, .read_paths = SystemReadPaths(), .write_paths = {}};
  const pid_t pid = fork();
  if (pid == 0) {
    if (!Isolate(policy)) _exit(ECONNREFUSED);  // not allowed here: seccomp alone holds
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(53);
    address.sin_addr.s_addr = htonl(0x08080808);
    _exit(fd < 0 ? 98 : ErrnoOf(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address)));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_THAT(WEXITSTATUS(status), testing::AnyOf(ENETUNREACH, ECONNREFUSED));
}

TEST(Sandbox, ExplainsWhatItDoes) {
  const std::string text = Explain({.memory_mb = 64, .read_paths = {"/usr"}, .write_paths = {"/data"}});
  for (const char* part : {"memory 64 MB", "  read    /usr", "  write   /data", "no internet", " openat ",
                           "end the app at once:", " execve ", "clone (processes)"}) {
    EXPECT_THAT(text, testing::HasSubstr(part));
  }
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
