// The daemon of a device: keeps committed apps running, brings wanted versions in, forwards events. docs/design/ota.md.
//
// Offline   needs no hub: committed apps start from state.db, events wait in the outbox.
// Crash     every step of an update is one arrow of update_states.def and one durable write; after a crash Run goes on
//           from there. The committed version is not touched before its successor has soaked.
// Threads   Run is the loop; downloads, hashing and the health check are on one worker, the hub on the uplink's two.
#pragma once

#include <memory>
#include <string>

#include "agent/fetch.h"
#include "agent/identity.h"
#include "base/status.h"

namespace verge::agent {

struct AgentOptions {
  std::string state_dir;
  std::string runner_path;
  AppParams params;   // over those of agent.yaml
  std::string fault;  // see FaultPoint; "" in production
  std::string version;
  int64_t slow_after_ms = kSlowAfterMs;  // see fetch.h
};

// Runs until SIGTERM or SIGINT. Errors: not enrolled, another agent holds the state folder, a damaged database.
Status RunAgent(const AgentOptions& options);

}  // namespace verge::agent
