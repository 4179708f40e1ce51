#include "agent/store.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace verge::agent {
namespace {

constexpr std::array<std::string_view, 1> kMigrations = {R"(
  CREATE TABLE apps(
    app TEXT PRIMARY KEY NOT NULL,
    committed_version INTEGER, committed_slot TEXT, committed_digest TEXT,
    deployment TEXT NOT NULL, version INTEGER NOT NULL, manifest_digest TEXT NOT NULL, manifest_size INTEGER NOT NULL,
    state TEXT NOT NULL, slot TEXT NOT NULL, detail TEXT NOT NULL, restarts INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE reports(
    id INTEGER PRIMARY KEY, deployment TEXT UNIQUE NOT NULL, state INTEGER NOT NULL, detail TEXT NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE meta(name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT;
)"};

constexpr size_t kMaxDetailBytes = 4000;

Result<AppRecord> ReadRow(const sys::Statement& row) {
  AppRecord out;
  out.app = row.Text(0);
  if (!row.IsNull(1)) out.committed = CommittedApp{row.Int(1), row.Text(2), row.Text(3)};
  const std::optional<UpdateState> state = ParseState(row.Text(8));
  if (!state) return VERGE_ERROR(kDataLoss, "state.db: unknown update state " + row.Text(8));
  out.update.target = {row.Text(4), out.app, row.Int(5), row.Text(6), row.Int(7)};
  out.update.state = *state;
  out.update.slot = row.Text(9);
  out.update.detail = row.Text(10);
  out.update.restarts = static_cast<int>(row.Int(11));
  return out;
}

}  // namespace

Result<Store> Store::Open(const std::string& path, FaultPoint& fault, const sys::Clock& clock) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {}));
  VERGE_TRY(db.Migrate(kMigrations));
  return Store(std::move(db), fault, clock);
}

Result<Store> Store::OpenReadOnly(const std::string& path, FaultPoint& fault, const sys::Clock& clock) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {.read_only = true}));
  return Store(std::move(db), fault, clock);
}

Result<std::vector<AppRecord>> Store::Load() {
  VERGE_TRY_ASSIGN(sys::Statement rows, db_.Prepare("SELECT app, committed_version, committed_slot, committed_digest, "
                                                    "deployment, version, manifest_digest, manifest_size, state, slot, "
                                                    "detail, restarts FROM apps ORDER BY app"));
  VERGE_TRY(rows.Bind({}));
  std::vector<AppRecord> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool has_row, rows.Step());
    if (!has_row) return out;
    VERGE_TRY_ASSIGN(AppRecord record, ReadRow(rows));
    out.push_back(std::move(record));
  }
}

Status Store::Begin(AppRecord& record, const proto::DesiredApp& target, UpdateEvent event, const std::string& detail) {
  const std::optional<UpdateState> next = NextState(record.update.state, event);
  if (!next) return VERGE_ERROR(kInternal, std::string("no arrow out of ") + StateName(record.update.state));
  AppRecord after = record;
  after.update = {target, *next, "", detail.substr(0, kMaxDetailBytes), 0};
  if (event == UpdateEvent::kWanted) after.update.slot = record.committed && record.committed->slot == "a" ? "b" : "a";
  VERGE_TRY(Save(after));
  record = std::move(after);
  return Status::Ok();
}

Status Store::Advance(AppRecord& record, UpdateEvent event, const std::string& detail) {
  const std::optional<UpdateState> next = NextState(record.update.state, event);
  if (!next) return VERGE_ERROR(kInternal, std::string("no arrow out of ") + StateName(record.update.state));
  AppRecord after = record;
  after.update.state = *next;
  after.update.detail = detail.substr(0, kMaxDetailBytes);
  after.update.restarts = event == UpdateEvent::kRestarted ? record.update.restarts + 1 : 0;
  if (*next == UpdateState::kCommitted) {
    after.committed = CommittedApp{after.update.target.version, after.update.slot, after.update.target.manifest_digest};
  }
  VERGE_TRY(Save(after));
  record = std::move(after);
  return Status::Ok();
}

Status Store::Save(const AppRecord& record) {
  return fault_->Write([&]() -> Status {
    VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
    const Update& u = record.update;
    std::optional<int64_t> version;
    std::optional<std::string> slot;
    std::optional<std::string> digest;
    if (record.committed) {
      version = record.committed->version;
      slot = record.committed->slot;
      digest = record.committed->manifest_digest;
    }
    VERGE_TRY(
        db_.Run("INSERT OR REPLACE INTO apps(app, committed_version, committed_slot, committed_digest, deployment, "
                "version, manifest_digest, manifest_size, state, slot, detail, restarts) "
                "VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                {record.app, version, slot, digest, u.target.deployment, u.target.version, u.target.manifest_digest,
                 u.target.manifest_size, StateName(u.state), u.slot, u.detail, u.restarts}));
    VERGE_TRY(
        db_.Run("INSERT INTO reports(deployment, state, detail, updated_at) VALUES(?,?,?,?) ON CONFLICT(deployment) "
                "DO UPDATE SET state=excluded.state, detail=excluded.detail, updated_at=excluded.updated_at",
                {u.target.deployment, static_cast<int>(ReportOf(u.state)), u.detail, clock_->WallMs()}));
    VERGE_TRY(db_.Run("DELETE FROM reports WHERE id NOT IN (SELECT id FROM reports ORDER BY id DESC LIMIT 32)", {}));
    return transaction.Commit();
  });
}

Result<std::vector<proto::ReportedDeployment>> Store::Reports() {
  VERGE_TRY_ASSIGN(sys::Statement rows,
                   db_.Prepare("SELECT deployment, state, detail, updated_at FROM reports ORDER BY id"));
  VERGE_TRY(rows.Bind({}));
  std::vector<proto::ReportedDeployment> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool has_row, rows.Step());
    if (!has_row) return out;
    const size_t state = std::min<size_t>(static_cast<size_t>(rows.Int(1)), proto::kDeviceStateNames.size() - 1);
    out.push_back({rows.Text(0), static_cast<proto::DeviceState>(state), rows.Text(2), rows.Int(3)});
  }
}

Result<int64_t> Store::OutboxEpoch() {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> epoch,
                   db_.QueryInt("SELECT value FROM meta WHERE name='outbox_epoch'", {}));
  return epoch.value_or(0);
}

Status Store::SetOutboxEpoch(int64_t epoch) {
  return db_.Run("INSERT OR REPLACE INTO meta(name, value) VALUES('outbox_epoch', ?)", {epoch});
}

}  // namespace verge::agent
