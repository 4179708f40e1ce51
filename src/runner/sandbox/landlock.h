// File access rules of the Linux kernel (5.13 and later), by its system calls. Internal to the sandbox.
#pragma once

#include "base/status.h"
#include "runner/sandbox/sandbox.h"

namespace verge::runner {

// Version of the interface; 0: this kernel has none.
int LandlockAbi();

// Binds the calling thread and all that it starts. Needs no_new_privs. No-op without Landlock.
Status RestrictFiles(const SandboxPolicy& policy);

}  // namespace verge::runner
