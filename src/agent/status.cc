#include "agent/status.h"

#include <utility>
#include <vector>

#include "agent/fault.h"
#include "agent/outbox.h"
#include "agent/store.h"
#include "agent/trust.h"
#include "proto/json.h"
#include "sys/clock/clock.h"
#include "sys/file/file.h"

namespace verge::agent {
namespace {

struct AppView {
  std::string app;
  int64_t committed_version = 0;
  std::string slot;
  std::string deployment;
  int64_t update_version = 0;
  std::string update_state;
  std::string detail;
};
struct OutboxView {
  int64_t epoch = 0;
  int64_t next_seq = 1;
  int64_t pending = 0;
  int64_t dropped = 0;
};
struct StateView {
  std::string device_id;
  std::string name;
  std::string group;
  std::string hub;
  std::string trust;
  std::vector<AppView> apps;
  OutboxView outbox;
};

template <typename A>
void Describe(A& a, AppView& m) {
  a.Text("app", m.app, proto::kNameRule);
  a.Int("committed_version", m.committed_version);
  a.Text("slot", m.slot, proto::kLineRule);
  a.Text("deployment", m.deployment, proto::kLineRule);
  a.Int("update_version", m.update_version);
  a.Text("update_state", m.update_state, proto::kLineRule);
  a.Text("detail", m.detail, proto::kTextRule);
}
template <typename A>
void Describe(A& a, OutboxView& m) {
  a.Int("epoch", m.epoch);
  a.Int("next_seq", m.next_seq);
  a.Int("pending", m.pending);
  a.Int("dropped", m.dropped);
}
template <typename A>
void Describe(A& a, StateView& m) {
  a.Text("device_id", m.device_id, proto::kIdRule);
  a.Text("name", m.name, proto::kLineRule);
  a.Text("group", m.group, proto::kNameRule);
  a.Text("hub", m.hub, proto::kLineRule);
  a.Text("trust", m.trust, proto::kLineRule);
  a.List("apps", m.apps, 1024);
  a.Object("outbox", m.outbox);
}

std::string ForPeople(const StateView& view) {
  std::string out = "device  " + view.device_id + " (" + view.name + ") in group " + view.group + "\nhub     " +
                    view.hub + "\ntrust   " + view.trust + "\n";
  for (const AppView& app : view.apps) {
    out += "app     " + app.app + ": ";
    out += app.committed_version > 0 ? "version " + std::to_string(app.committed_version) + " in slot " + app.slot
                                     : std::string("nothing committed");
    out += "; last update: version " + std::to_string(app.update_version) + " " + app.update_state;
    if (!app.detail.empty()) out += " (" + app.detail + ")";
    out += '\n';
  }
  return out + "outbox  " + std::to_string(view.outbox.pending) + " events wait, " +
         std::to_string(view.outbox.dropped) + " were dropped";
}

}  // namespace

Result<std::string> DescribeState(const StatePaths& paths, bool as_json) {
  VERGE_TRY_ASSIGN(const Identity identity, LoadIdentity(paths));
  StateView view{identity.device_id, identity.name, identity.group, identity.hub, "", {}, {}};
  FaultPoint never;
  view.trust = Trust(paths, identity.device_id, never).Describe();
  const sys::SystemClock clock;
  if (sys::Exists(paths.File("state.db"))) {
    VERGE_TRY_ASSIGN(Store store, Store::OpenReadOnly(paths.File("state.db"), never, clock));
    VERGE_TRY_ASSIGN(const std::vector<AppRecord> records, store.Load());
    for (const AppRecord& r : records) {
      const CommittedApp committed = r.committed.value_or(CommittedApp{});
      view.apps.push_back({r.app, committed.version, committed.slot, r.update.target.deployment,
                           r.update.target.version, StateName(r.update.state), r.update.detail});
    }
  }
  if (sys::Exists(paths.File("outbox.db"))) {
    VERGE_TRY_ASSIGN(Outbox outbox, Outbox::OpenReadOnly(paths.File("outbox.db")));
    VERGE_TRY_ASSIGN(const proto::OutboxState state, outbox.State());
    view.outbox = {state.epoch, state.next_seq, state.pending, state.dropped};
  }
  return as_json ? proto::WriteMessage(view) : ForPeople(view);
}

}  // namespace verge::agent
