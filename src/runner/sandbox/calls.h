// Which system calls a pipeline may make. Internal to the sandbox.
#pragma once

#include <span>

namespace verge::runner {

// Everything not listed fails with ENOSYS, so that a library falls back to what an older kernel has.
std::span<const int> AllowedCalls();

// Never needed once a pipeline has started, and what an intruder would try: the process is killed at once, and its end
// is reported. Numbers of this build's architecture.
std::span<const int> DeadlyCalls();

}  // namespace verge::runner
