// Namespaces of the Linux kernel. Internal to the sandbox.
#pragma once

namespace verge::runner {

// Puts this process into a network, IPC and host name of its own: no interface but a loopback that is down, no other
// program's shared memory. As root directly, else within a user namespace where the system allows those. Only while
// this process has one thread. False: the system does not allow it, and nothing changed.
bool EnterNamespaces();

}  // namespace verge::runner
