// The door to other processes: start with an argument list, chosen descriptors and environment; watch, stop, reap.
//
// Nothing is inherited by accident: of the parent's descriptors the child gets standard input, output and error and
// those listed. Arguments go through no shell.
// Errors    Spawn reports a program that cannot be executed (kNotFound, kPermission) from the parent's side.
// Threads   a Process belongs to one thread at a time; Spawn is safe in a program with threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sys/file/unique_fd.h"

namespace verge::sys {

// A descriptor of the parent that the child shall see under a number of its own (3 or more).
struct PassedFd {
  int parent_fd;
  int child_fd;
};

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is the program: a path, or a name looked up in PATH
  std::vector<PassedFd> fds;
  std::vector<std::pair<std::string, std::string>> env;  // added to the parent's, or replacing its entries
  bool empty_env = false;                                // start from no environment instead
  std::string working_dir;                               // "" keeps the parent's
  // What the child gets as 0, 1, 2; -1 is /dev/null for input and the parent's own for the others.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  bool dies_with_parent = false;  // SIGKILL when the thread that called Spawn ends
};

struct ExitStatus {
  int code = 0;    // exit status when signal is 0
  int signal = 0;  // the signal that ended it
  bool success() const { return code == 0 && signal == 0; }
};
// "exit status 3", "killed by signal 9 (Killed)"
std::string ToString(const ExitStatus& status);

class Process {
 public:
  static Result<Process> Spawn(const SpawnOptions& options);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  // Kills and reaps a child that still runs.
  ~Process();

  int pid() const { return pid_; }
  // Becomes readable when the child ends; -1 on a kernel without pidfd.
  int pidfd() const { return pidfd_.get(); }
  // Sends a signal; no error when the child has ended already.
  Status Kill(int signal);
  // Empty while it runs. After the first answer it repeats that one.
  Result<std::optional<ExitStatus>> Poll();
  // kDeadline when it still runs after `timeout_ms`; -1 waits for ever.
  Result<ExitStatus> Wait(int64_t timeout_ms);

 private:
  Process(int pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  int pid_ = -1;
  UniqueFd pidfd_;
  std::optional<ExitStatus> ended_;
};

struct CaptureLimits {
  int64_t timeout_ms = 60'000;
  size_t output_bytes = size_t{1} << 20;         // of each stream
  const std::atomic<bool>* cancelled = nullptr;  // set by another thread: kill the child, kCancelled. Borrowed
};
struct Captured {
  ExitStatus status;
  std::string output;  // standard output
  std::string error;   // standard error
};
// Runs to the end and collects what it prints. A child that takes too long (kDeadline) or prints too much
// (kResourceExhausted) is killed. options.stdout_fd and stderr_fd are ignored.
Result<Captured> RunAndCapture(const SpawnOptions& options, const CaptureLimits& limits);

// The file that this process executes, as an absolute path.
Result<std::string> ProgramPath();

// A connected pair of stream sockets, close-on-exec, blocking.
Result<std::pair<UniqueFd, UniqueFd>> SocketPair();

}  // namespace verge::sys
