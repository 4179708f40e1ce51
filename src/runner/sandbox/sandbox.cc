#include "runner/sandbox/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "runner/sandbox/landlock.h"
#include "sys/file/file.h"

namespace verge::runner {
namespace {

struct ReleaseFilter {
  void operator()(scmp_filter_ctx filter) const { seccomp_release(filter); }
};

// System calls that no pipeline needs once it has started. Numbers of this build's architecture.
constexpr int kForbidden[] = {SCMP_SYS(execve),
                              SCMP_SYS(execveat),
                              SCMP_SYS(ptrace),
                              SCMP_SYS(process_vm_readv),
                              SCMP_SYS(process_vm_writev),
                              SCMP_SYS(mount),
                              SCMP_SYS(umount2),
                              SCMP_SYS(pivot_root),
                              SCMP_SYS(chroot),
                              SCMP_SYS(unshare),
                              SCMP_SYS(setns),
                              SCMP_SYS(init_module),
                              SCMP_SYS(finit_module),
                              SCMP_SYS(delete_module),
                              SCMP_SYS(kexec_load),
                              SCMP_SYS(kexec_file_load),
                              SCMP_SYS(bpf),
                              SCMP_SYS(perf_event_open),
                              SCMP_SYS(userfaultfd),
                              SCMP_SYS(keyctl),
                              SCMP_SYS(add_key),
                              SCMP_SYS(request_key),
                              SCMP_SYS(reboot),
                              SCMP_SYS(swapon),
                              SCMP_SYS(swapoff),
                              SCMP_SYS(settimeofday),
                              SCMP_SYS(clock_settime),
                              SCMP_SYS(open_by_handle_at),
                              SCMP_SYS(io_uring_setup)};

constexpr bool IsForbidden(int call) { return kForbidsDebugging || call != SCMP_SYS(ptrace); }

Status Limit(__rlimit_resource resource, rlim_t value, const char* name) {
  rlimit limit = {};
  if (getrlimit(resource, &limit) != 0) return sys::ErrnoStatus(errno, name, "read the limit");
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(resource, &limit) != 0) return sys::ErrnoStatus(errno, name, "set the limit");
  return Status::Ok();
}

Status FilterError(int code, const char* what) { return sys::ErrnoStatus(-code, "seccomp", what); }

Status DenySocket(scmp_filter_ctx filter, int family) {
  const int code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket), 1,
                                    SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family)));
  return code == 0 ? Status::Ok() : FilterError(code, "forbid sockets");
}

// False: this kernel has no seccomp filters.
Result<bool> FilterCalls(const SandboxPolicy& policy) {
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (filter == nullptr) return VERGE_ERROR(kResourceExhausted, "seccomp: no memory for the filter");
  // For threads that run already; without it they would stay free.
  int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (code != 0) return FilterError(code, "bind all threads");
  for (const int call : kForbidden) {
    if (!IsForbidden(call)) continue;
    code = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    if (code != 0) return FilterError(code, "forbid a system call");
  }
  if (!policy.has_network) {
    for (const int family : {AF_INET, AF_INET6, AF_PACKET, AF_NETLINK, AF_VSOCK})
      VERGE_TRY(DenySocket(filter.get(), family));
  }
  code = seccomp_load(filter.get());
  if (code == -ENOSYS || code == -EINVAL) return false;
  if (code != 0) return FilterError(code, "install the filter");
  return true;
}

}  // namespace

std::vector<std::string> SystemReadPaths() {
  return {"/usr", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys", "/run/udev", "/opt"};
}

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
  out += policy.has_network ? "network   allowed (limits.network in app.yaml)\n"
                            : "network   no internet, packet or netlink sockets\n";
  out += "calls     forbidden by seccomp:";
  for (const int call : kForbidden) {
    if (!IsForbidden(call)) continue;
    struct Free {
      void operator()(char* p) const { free(p); }
    };
    const std::unique_ptr<char, Free> name(seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call));
    if (name != nullptr) out += " " + std::string(name.get());
  }
  return out + "\n";
}

}  // namespace verge::runner
