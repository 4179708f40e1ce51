// What the agent must not forget: which version of each app is committed, and how far its update is. SQLite, state.db.
//
// Durable   each function that writes does so in one transaction that is on the disk when it returns.
// Threads   one.
// Errors    kDataLoss: the database is damaged; kInternal: no such arrow in update_states.def.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/fault.h"
#include "agent/machine.h"
#include "base/status.h"
#include "proto/device.h"
#include "sys/clock/clock.h"
#include "sys/db/database.h"

namespace verge::agent {

// The version that runs whatever happens to an update.
struct CommittedApp {
  int64_t version = 0;
  std::string slot;  // "a" or "b"
  std::string manifest_digest;
};

struct Update {
  proto::DesiredApp target;
  UpdateState state = UpdateState::kIdle;
  std::string slot;  // where the new version goes
  std::string detail;
  int restarts = 0;  // of the agent, since this step began
};

struct AppRecord {
  std::string app;
  std::optional<CommittedApp> committed;
  Update update;  // the last one; kIdle when there was none
};

class Store {
 public:
  static Result<Store> Open(const std::string& path, FaultPoint& fault, const sys::Clock& clock);
  // For `verge-agent status`.
  static Result<Store> OpenReadOnly(const std::string& path, FaultPoint& fault, const sys::Clock& clock);

  Result<std::vector<AppRecord>> Load();
  // Begins an update: kWanted, or one of the answers that need no work (kAlreadyThere, kRefused).
  Status Begin(AppRecord& record, const proto::DesiredApp& target, UpdateEvent event, const std::string& detail);
  // Follows an arrow of the update under way. From Soaking, kDone also makes the new version the committed one.
  Status Advance(AppRecord& record, UpdateEvent event, const std::string& detail);
  // What the hub is told, newest last, at most 32.
  Result<std::vector<proto::ReportedDeployment>> Reports();

  // The number of the newest outbox; 0 before the first.
  Result<int64_t> OutboxEpoch();
  Status SetOutboxEpoch(int64_t epoch);

 private:
  Store(sys::Database db, FaultPoint& fault, const sys::Clock& clock)
      : db_(std::move(db)), fault_(&fault), clock_(&clock) {}
  Status Save(const AppRecord& record);

  sys::Database db_;
  FaultPoint* fault_;
  const sys::Clock* clock_;
};

}  // namespace verge::agent
