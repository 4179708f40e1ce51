// Shuts a runner in before it touches the app's source: whatever a hostile picture makes a decoder do, it can do
// little.
//
//   rlimits        data segment, open files, no core dumps
//   no_new_privs   no program gains rights
//   namespaces     a network, IPC and host name of its own where the system allows it
//   Landlock       reads only the system's own folders, the app and its source; writes only where it was told
//   seccomp        a list of the system calls that pipelines need (calls.cc); no new processes, no signals to others,
//   no
//                  internet sockets unless granted. What only an intruder would call ends the process at once (SIGSYS),
//                  which the agent reports.
//
// When       after the libraries were started, before threads are: Landlock binds this thread and those it starts.
// Errors     a kernel without Landlock or seccomp is reported, not refused (Applied says so); any other failure is an
// error. Threads    call once, from main.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace verge::runner {

// Address and thread sanitizers reserve terabytes of shadow memory: their builds run without the memory limit.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kLimitsMemory = false;
#else
inline constexpr bool kLimitsMemory = true;
#endif

// At a program's end the leak checker of the address sanitizer stops its threads as a debugger does: that build lets
// it.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kForbidsDebugging = false;
#else
inline constexpr bool kForbidsDebugging = true;
#endif

struct SandboxPolicy {
  int64_t memory_mb = 512;
  int files = 64;
  bool has_network = false;
  std::vector<std::string> read_paths;   // folders and files; those that do not exist are left out
  std::vector<std::string> write_paths;  // folders
};

// What is in force now.
struct Applied {
  int landlock_abi = 0;  // 0: this kernel has no Landlock
  bool has_seccomp = false;
};

// The folders every program needs to read: libraries, devices, system files.
std::vector<std::string> SystemReadPaths();

// The namespaces, at the very beginning, while there is one thread. False: the system does not allow them, or the
// policy grants the network.
bool Isolate(const SandboxPolicy& policy);

// All the rest.
Result<Applied> ApplySandbox(const SandboxPolicy& policy);

// The policy in words, one line a rule, with what this kernel can enforce.
std::string Explain(const SandboxPolicy& policy);

}  // namespace verge::runner
