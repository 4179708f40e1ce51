#include "runner/sandbox/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "runner/sandbox/calls.h"
#include "runner/sandbox/landlock.h"
#include "runner/sandbox/namespaces.h"
#include "sys/file/file.h"

namespace verge::runner {
namespace {

struct ReleaseFilter {
  void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};

// The debugging that the leak checker does.
bool IsDeadly(int call) { return kForbidsDebugging || call != SCMP_SYS(ptrace); }

Status Limit(__rlimit_resource resource, rlim_t value, const char* name) {
  rlimit limit = {};
  if (getrlimit(resource, &limit) != 0) return sys::ErrnoStatus(errno, name, "read the limit");
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(resource, &limit) != 0) return sys::ErrnoStatus(errno, name, "set the limit");
  return Status::Ok();
}

Status FilterError(int code, const char* what) { return sys::ErrnoStatus(-code, "seccomp", what); }

Status Add(scmp_filter_ctx filter, uint32_t action, int call) {
  const int code = seccomp_rule_add(filter, action, call, 0);
  return code == 0 ? Status::Ok() : FilterError(code, "add a system call");
}

Status AddIf(scmp_filter_ctx filter, uint32_t action, int call, scmp_arg_cmp condition) {
  const int code = seccomp_rule_add(filter, action, call, 1, condition);
  return code == 0 ? Status::Ok() : FilterError(code, "add a system call with a condition");
}

// `socket` for some families, whatever the rest of the call.
Status AllowSockets(scmp_filter_ctx filter, bool has_network) {
  std::vector<int> families = {AF_UNIX};
  if (has_network) families.insert(families.end(), {AF_INET, AF_INET6, AF_NETLINK});
  for (const int family : families) {
    VERGE_TRY(AddIf(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family))));
  }
  // Libraries look whether there is a network and take "no" for an answer: no reason to kill them.
  for (const int family : {AF_INET, AF_INET6, AF_PACKET, AF_NETLINK, AF_VSOCK}) {
    const bool is_allowed = std::find(families.begin(), families.end(), family) != families.end();
    if (is_allowed) continue;
    VERGE_TRY(AddIf(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket),
                    SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family))));
  }
  return Status::Ok();
}

// New threads, but no new processes; signals and limits for itself only.
Status AllowThreads(scmp_filter_ctx filter) {
  constexpr scmp_datum_t kThread = CLONE_THREAD;
  const auto self = static_cast<scmp_datum_t>(getpid());
  if (!kForbidsDebugging) {
    for (const int call : {SCMP_SYS(clone), SCMP_SYS(ptrace), SCMP_SYS(tgkill), SCMP_SYS(kill), SCMP_SYS(prlimit64)}) {
      VERGE_TRY(Add(filter, SCMP_ACT_ALLOW, call));
    }
    return Status::Ok();
  }
  VERGE_TRY(AddIf(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, kThread, kThread)));
  VERGE_TRY(AddIf(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, kThread, 0)));
  VERGE_TRY(AddIf(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, self)));
  VERGE_TRY(AddIf(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, 0)));
  return AddIf(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_EQ, self));
}

// False: this kernel has no seccomp filters.
Result<bool> FilterCalls(const SandboxPolicy& policy) {
  // `clone3` hides its flags from the filter: with ENOSYS the C library takes `clone`.
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)));
  if (filter == nullptr) return VERGE_ERROR(kResourceExhausted, "seccomp: no memory for the filter");
  // For threads that run already; without it they would stay free.
  int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (code != 0) return FilterError(code, "bind all threads");
  for (const int call : AllowedCalls()) {
    if (call != SCMP_SYS(socket)) VERGE_TRY(Add(filter.get(), SCMP_ACT_ALLOW, call));
  }
  for (const int call : DeadlyCalls()) {
    if (IsDeadly(call)) VERGE_TRY(Add(filter.get(), SCMP_ACT_KILL_PROCESS, call));
  }
  VERGE_TRY(AllowThreads(filter.get()));
  VERGE_TRY(AllowSockets(filter.get(), policy.has_network));
  code = seccomp_load(filter.get());
  if (code == -ENOSYS || code == -EINVAL) return false;
  if (code != 0) return FilterError(code, "install the filter");
  return true;
}

std::string Names(std::span<const int> calls) {
  struct Free {
    void operator()(char* p) const { free(p); }
  };
  std::string out;
  for (const int call : calls) {
    if (call < 0) continue;  // not on this architecture
    const std::unique_ptr<char, Free> name(seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call));
    if (name != nullptr) out += " " + std::string(name.get());
  }
  return out;
}

}  // namespace

std::vector<std::string> SystemReadPaths() {
  return {"/usr", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys", "/run/udev", "/opt"};
}

bool Isolate(const SandboxPolicy& policy) { return !policy.has_network && EnterNamespaces(); }

Result<Applied> ApplySandbox(const SandboxPolicy& policy) {
  VERGE_TRY(Limit(RLIMIT_CORE, 0, "core dumps"));
  VERGE_TRY(Limit(RLIMIT_NOFILE, static_cast<rlim_t>(policy.files), "open files"));
  if (kLimitsMemory) VERGE_TRY(Limit(RLIMIT_DATA, static_cast<rlim_t>(policy.memory_mb) << 20, "memory"));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return sys::ErrnoStatus(errno, "no_new_privs", "set");
  Applied applied;
  VERGE_TRY(RestrictFiles(policy));
  applied.landlock_abi = LandlockAbi();
  VERGE_TRY_ASSIGN(applied.has_seccomp, FilterCalls(policy));
  return applied;
}

std::string Explain(const SandboxPolicy& policy) {
  std::string out = "limits    memory " +
                    (kLimitsMemory ? std::to_string(policy.memory_mb) + " MB" : "unlimited (sanitizer build)") +
                    ", open files " + std::to_string(policy.files) + ", no core dumps, no new privileges\n";
  const int abi = LandlockAbi();
  out += abi > 0 ? "files     enforced by Landlock (version " + std::to_string(abi) + ")\n"
                 : "files     NOT enforced: this kernel has no Landlock\n";
  for (const std::string& path : policy.read_paths) {
    if (sys::Exists(path)) out += "  read    " + path + "\n";
  }
  for (const std::string& path : policy.write_paths) out += "  write   " + path + "\n";
  out += policy.has_network
             ? "network   allowed (limits.network in app.yaml)\n"
             : "network   no internet, packet or netlink sockets; a network namespace of its own where the "
               "system allows it\n";
  out += "calls     allowed by seccomp, all others fail:" + Names(AllowedCalls()) + " clone (threads)\n";
  out += "          end the app at once:" + Names(DeadlyCalls()) + " clone (processes)\n";
  return out;
}

}  // namespace verge::runner
