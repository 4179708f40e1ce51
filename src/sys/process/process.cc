#include "sys/process/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "sys/file/file.h"

extern "C" char** environ;  // NOLINT: POSIX declares it nowhere

namespace verge::sys {
namespace {

int64_t NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

// Everything the child needs, made before the fork: between fork and exec it may not allocate.
struct ChildPlan {
  std::vector<char*> argv;
  std::vector<std::string> env_texts;
  std::vector<char*> env;
  std::vector<PassedFd> fds;
  int high_fd = 10;  // descriptors are moved above this first, so that none overwrites another
  const char* working_dir = nullptr;
  int parent_pid = 0;
  bool dies_with_parent = false;
  int error_fd = -1;
};

std::vector<std::string> BuildEnv(const SpawnOptions& options) {
  std::vector<std::string> out;
  const auto replaced = [&options](std::string_view entry) {
    return std::any_of(options.env.begin(), options.env.end(), [entry](const auto& pair) {
      return entry.size() > pair.first.size() && entry.starts_with(pair.first) && entry[pair.first.size()] == '=';
    });
  };
  if (!options.empty_env) {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
      if (!replaced(*entry)) out.emplace_back(*entry);
    }
  }
  for (const auto& [name, value] : options.env) out.push_back(name + "=" + value);
  return out;
}

[[noreturn]] void FailChild(int error_fd) {
  const int error = errno;
  const ssize_t n = write(error_fd, &error, sizeof(error));
  (void)n;
  _exit(127);
}

void CloseFrom(unsigned first, int keep) {
#ifdef SYS_close_range
  const auto keep_number = static_cast<unsigned>(keep);
  const bool low_ok = keep_number <= first || syscall(SYS_close_range, first, keep_number - 1, 0U) == 0;
  if (low_ok && syscall(SYS_close_range, std::max(first, keep_number + 1), ~0U, 0U) == 0) return;
#endif
  for (int fd = static_cast<int>(first); fd < 4096; ++fd) {
    if (fd != keep) close(fd);
  }
}

// Runs in the child: system calls only.
[[noreturn]] void ExecChild(ChildPlan& plan) {
  if (plan.dies_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan.parent_pid) _exit(127);  // the parent ended before the line above
  }
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) std::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int error_fd = fcntl(plan.error_fd, F_DUPFD_CLOEXEC, plan.high_fd);
  if (error_fd < 0) FailChild(plan.error_fd);
  for (PassedFd& fd : plan.fds) {
    fd.parent_fd = fcntl(fd.parent_fd, F_DUPFD_CLOEXEC, plan.high_fd);
    if (fd.parent_fd < 0) FailChild(error_fd);
  }
  for (const PassedFd& fd : plan.fds) {
    if (dup2(fd.parent_fd, fd.child_fd) < 0) FailChild(error_fd);
  }
  // Below high_fd only what was just placed may stay; above it only the error pipe, which closes itself on exec.
  for (int fd = 3; fd < plan.high_fd; ++fd) {
    bool is_passed = false;
    for (const PassedFd& passed : plan.fds) is_passed = is_passed || passed.child_fd == fd;
    if (!is_passed) close(fd);
  }
  CloseFrom(static_cast<unsigned>(plan.high_fd), error_fd);
  if (plan.working_dir != nullptr && chdir(plan.working_dir) != 0) FailChild(error_fd);
  execvpe(plan.argv[0], plan.argv.data(), plan.env.data());
  FailChild(error_fd);
}

UniqueFd OpenPidfd([[maybe_unused]] int pid) {
#ifdef SYS_pidfd_open
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));  // close-on-exec by definition
#else
  return UniqueFd();
#endif
}

Status CheckOptions(const SpawnOptions& options) {
  if (options.argv.empty()) return VERGE_ERROR(kInvalidArgument, "no program to start");
  for (const PassedFd& fd : options.fds) {
    if (fd.child_fd < 3 || fd.parent_fd < 0) return VERGE_ERROR(kInvalidArgument, "passed descriptors start at 3");
  }
  return Status::Ok();
}

ChildPlan MakePlan(const SpawnOptions& options, int null_fd, int error_fd) {
  ChildPlan plan;
  for (const std::string& arg : options.argv) plan.argv.push_back(const_cast<char*>(arg.c_str()));
  plan.argv.push_back(nullptr);
  plan.env_texts = BuildEnv(options);
  for (const std::string& entry : plan.env_texts) plan.env.push_back(const_cast<char*>(entry.c_str()));
  plan.env.push_back(nullptr);
  plan.fds = options.fds;
  plan.fds.push_back({options.stdin_fd >= 0 ? options.stdin_fd : null_fd, 0});
  plan.fds.push_back({options.stdout_fd >= 0 ? options.stdout_fd : 1, 1});
  plan.fds.push_back({options.stderr_fd >= 0 ? options.stderr_fd : 2, 2});
  for (const PassedFd& fd : plan.fds) plan.high_fd = std::max(plan.high_fd, fd.child_fd + 1);
  plan.working_dir = options.working_dir.empty() ? nullptr : options.working_dir.c_str();
  plan.parent_pid = getpid();
  plan.dies_with_parent = options.dies_with_parent;
  plan.error_fd = error_fd;
  return plan;
}

Result<std::pair<UniqueFd, UniqueFd>> Pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe", "create");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

// Reads what is there; sets `open` to false at the end of the stream.
Status Drain(const UniqueFd& fd, size_t limit, std::string& out, bool& open) {
  std::array<char, 16384> buffer{};
  const ssize_t n = read(fd.get(), buffer.data(), buffer.size());
  if (n < 0) return errno == EINTR || errno == EAGAIN ? Status::Ok() : ErrnoStatus(errno, "pipe", "read");
  open = n > 0;
  out.append(buffer.data(), static_cast<size_t>(n));
  if (out.size() > limit) {
    return VERGE_ERROR(kResourceExhausted, "the program printed more than " + std::to_string(limit) + " bytes");
  }
  return Status::Ok();
}

}  // namespace

std::string ToString(const ExitStatus& status) {
  if (status.signal == 0) return "exit status " + std::to_string(status.code);
  const char* name = strsignal(status.signal);
  return "killed by signal " + std::to_string(status.signal) + (name != nullptr ? " (" + std::string(name) + ")" : "");
}

Result<Process> Process::Spawn(const SpawnOptions& options) {
  VERGE_TRY(CheckOptions(options));
  const UniqueFd null_fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null_fd.valid()) return ErrnoStatus(errno, "/dev/null", "open");
  VERGE_TRY_ASSIGN(auto error_pipe, Pipe());
  ChildPlan plan = MakePlan(options, null_fd.get(), error_pipe.second.get());
  const pid_t pid = fork();
  if (pid < 0) return ErrnoStatus(errno, options.argv[0], "fork for");
  if (pid == 0) ExecChild(plan);
  Process child(pid, OpenPidfd(pid));
  error_pipe.second.Reset();
  int error = 0;
  ssize_t n = 0;
  do n = read(error_pipe.first.get(), &error, sizeof(error));
  while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof(error))) return ErrnoStatus(error, options.argv[0], "start");
  return child;
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), ended_(other.ended_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(ended_, other.ended_);
  return *this;
}

Process::~Process() {
  if (pid_ < 0 || ended_) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Status Process::Kill(int signal) {
  if (ended_) return Status::Ok();  // the number may belong to somebody else by now
  if (kill(pid_, signal) != 0 && errno != ESRCH) return ErrnoStatus(errno, "process " + std::to_string(pid_), "signal");
  return Status::Ok();
}

Result<std::optional<ExitStatus>> Process::Poll() {
  if (ended_) return ended_;
  int raw = 0;
  const pid_t got = waitpid(pid_, &raw, WNOHANG);
  if (got < 0 && errno != EINTR) return ErrnoStatus(errno, "process " + std::to_string(pid_), "wait for");
  if (got == pid_) {
    ended_ = WIFSIGNALED(raw) ? ExitStatus{0, WTERMSIG(raw)} : ExitStatus{WEXITSTATUS(raw), 0};
  }
  return ended_;
}

Result<ExitStatus> Process::Wait(int64_t timeout_ms) {
  const int64_t until = NowMs() + timeout_ms;
  while (true) {
    VERGE_TRY_ASSIGN(const std::optional<ExitStatus> ended, Poll());
    if (ended) return *ended;
    const int64_t left = timeout_ms < 0 ? 1000 : until - NowMs();
    if (left <= 0) return VERGE_ERROR(kDeadline, "process " + std::to_string(pid_) + " is still running");
    pollfd wait{pidfd_.get(), POLLIN, 0};
    // Without a pidfd look again every 10 ms.
    poll(&wait, pidfd_.valid() ? 1 : 0, static_cast<int>(std::min<int64_t>(left, pidfd_.valid() ? 1000 : 10)));
  }
}

Result<Captured> RunAndCapture(const SpawnOptions& options, const CaptureLimits& limits) {
  VERGE_TRY_ASSIGN(auto out_pipe, Pipe());
  VERGE_TRY_ASSIGN(auto err_pipe, Pipe());
  SpawnOptions with_pipes = options;
  with_pipes.stdout_fd = out_pipe.second.get();
  with_pipes.stderr_fd = err_pipe.second.get();
  VERGE_TRY_ASSIGN(Process child, Process::Spawn(with_pipes));
  out_pipe.second.Reset();
  err_pipe.second.Reset();
  const int64_t until = NowMs() + limits.timeout_ms;
  Captured captured;
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {
    const int64_t left = until - NowMs();
    if (left <= 0) {
      return VERGE_ERROR(kDeadline, options.argv[0] + ": not done after " + std::to_string(limits.timeout_ms) + " ms");
    }
    if (limits.cancelled != nullptr && *limits.cancelled)
      return VERGE_ERROR(kCancelled, options.argv[0] + ": cancelled");
    std::array<pollfd, 2> waits{pollfd{out_open ? out_pipe.first.get() : -1, POLLIN, 0},
                                pollfd{err_open ? err_pipe.first.get() : -1, POLLIN, 0}};
    if (poll(waits.data(), waits.size(), static_cast<int>(std::min<int64_t>(left, 100))) < 0) continue;
    if (waits[0].revents != 0) VERGE_TRY(Drain(out_pipe.first, limits.output_bytes, captured.output, out_open));
    if (waits[1].revents != 0) VERGE_TRY(Drain(err_pipe.first, limits.output_bytes, captured.error, err_open));
  }
  VERGE_TRY_ASSIGN(captured.status, child.Wait(std::max<int64_t>(1, until - NowMs())));
  return captured;
}

Result<std::string> ProgramPath() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<size_t>(length) == path.size()) {
    return VERGE_ERROR(kInternal, "the path of this program cannot be read from /proc/self/exe");
  }
  return std::string(path.data(), static_cast<size_t>(length));
}

Result<std::pair<UniqueFd, UniqueFd>> SocketPair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return ErrnoStatus(errno, "socket pair", "create");
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

}  // namespace verge::sys
