// Enrolment and devices.
#include "hub/store/sqlite/sqlite_store_impl.h"

namespace verge::hub {
namespace {

constexpr const char* kDeviceColumns =
    "SELECT id, name, group_name, fingerprint, enrolled_at, last_seen, reported, revision, "
    "(SELECT count(*) FROM events WHERE events.device = devices.id) FROM devices WHERE removed_at IS NULL ";

// A device that polls every second must not cost a disk write each time.
constexpr int64_t kTouchStepMs = 5000;

}  // namespace

Status SqliteStore::AddEnrolmentToken(const std::string& token_hash, const std::string& group, int64_t uses,
                                      int64_t expires_at) {
  const std::lock_guard lock(mutex_);
  return db_.Run("INSERT INTO enrolment_tokens(token_hash, group_name, uses_left, expires_at) VALUES(?, ?, ?, ?)",
                 {token_hash, group, uses, expires_at});
}

Result<std::string> SqliteStore::TokenGroup(const std::string& token_hash, int64_t now_ms) {
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare("SELECT group_name, uses_left, expires_at FROM enrolment_tokens WHERE token_hash = ?"));
  VERGE_TRY(select.Bind({token_hash}));
  VERGE_TRY_ASSIGN(const bool found, select.Step());
  if (!found) return VERGE_ERROR(kPermission, "the enrolment token is unknown: ask the operator for a new one");
  if (select.Int(1) < 1)
    return VERGE_ERROR(kPermission, "the enrolment token was used already: ask the operator for a new one");
  if (select.Int(2) <= now_ms)
    return VERGE_ERROR(kPermission, "the enrolment token has expired: ask the operator for a new one");
  return select.Text(0);
}

Result<std::string> SqliteStore::CheckEnrolmentToken(const std::string& token_hash, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return TokenGroup(token_hash, now_ms);
}

Status SqliteStore::Enrol(const std::string& token_hash, const DeviceRow& device, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(const std::string group, TokenGroup(token_hash, now_ms));
  VERGE_TRY(db_.Run("UPDATE enrolment_tokens SET uses_left = uses_left - 1 WHERE token_hash = ?", {token_hash}));
  VERGE_TRY(db_.Run("INSERT INTO devices(id, name, group_name, fingerprint, enrolled_at) VALUES(?, ?, ?, ?, ?)",
                    {device.id, device.name, group, device.fingerprint, now_ms}));
  VERGE_TRY(
      db_.Run("INSERT INTO deployment_devices(deployment, device, updated_at) "
              "SELECT id, ?, ? FROM deployments WHERE group_name = ? AND superseded = 0",
              {device.id, now_ms, group}));
  return transaction.Commit();
}

Result<std::vector<DeviceRow>> SqliteStore::ReadDevices(sys::Statement& select) {
  std::vector<DeviceRow> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    DeviceRow row;
    row.id = select.Text(0);
    row.name = select.Text(1);
    row.group = select.Text(2);
    row.fingerprint = select.Text(3);
    row.enrolled_at = select.Int(4);
    if (!select.IsNull(5)) row.last_seen = select.Int(5);
    row.reported_json = select.Text(6);
    row.revision = select.Int(7);
    row.events = select.Int(8);
    out.push_back(std::move(row));
  }
}

Result<std::optional<DeviceRow>> SqliteStore::FindDevice(const std::string& id) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare(std::string(kDeviceColumns) + "AND id = ?"));
  VERGE_TRY(select.Bind({id}));
  VERGE_TRY_ASSIGN(std::vector<DeviceRow> rows, ReadDevices(select));
  if (rows.empty()) return std::optional<DeviceRow>();
  return std::optional<DeviceRow>(std::move(rows.front()));
}

Result<std::optional<std::string>> SqliteStore::FindFingerprint(const std::string& id) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare("SELECT fingerprint FROM devices WHERE id = ? AND removed_at IS NULL"));
  VERGE_TRY(select.Bind({id}));
  VERGE_TRY_ASSIGN(const bool found, select.Step());
  return found ? std::optional<std::string>(select.Text(0)) : std::nullopt;
}

Result<std::vector<DeviceRow>> SqliteStore::ListDevices(const std::string& group, const std::string& after,
                                                        int64_t limit) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(
      sys::Statement select,
      db_.Prepare(std::string(kDeviceColumns) + "AND (?1 = '' OR group_name = ?1) AND id > ?2 ORDER BY id LIMIT ?3"));
  VERGE_TRY(select.Bind({group, after, limit}));
  return ReadDevices(select);
}

Result<std::vector<std::string>> SqliteStore::DeviceIdsOfGroup(const std::string& group) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare("SELECT id FROM devices WHERE group_name = ? AND removed_at IS NULL"));
  VERGE_TRY(select.Bind({group}));
  std::vector<std::string> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    out.push_back(select.Text(0));
  }
}

Status SqliteStore::RemoveDevice(const std::string& id, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(db_.Run("UPDATE devices SET removed_at = ? WHERE id = ? AND removed_at IS NULL", {now_ms, id}));
  if (db_.changes() == 0) return VERGE_ERROR(kNotFound, "there is no device " + id);
  VERGE_TRY(db_.Run("DELETE FROM deployment_devices WHERE device = ?", {id}));
  return transaction.Commit();
}

Result<std::vector<proto::Group>> SqliteStore::ListGroups() {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(
      sys::Statement select,
      db_.Prepare("SELECT name, sum(n) FROM ("
                  "SELECT group_name AS name, count(*) AS n FROM devices WHERE removed_at IS NULL GROUP BY 1 "
                  "UNION ALL SELECT DISTINCT group_name, 0 FROM deployments WHERE superseded = 0 "
                  "UNION ALL SELECT DISTINCT group_name, 0 FROM enrolment_tokens) GROUP BY 1 ORDER BY 1"));
  std::vector<proto::Group> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    out.push_back({select.Text(0), select.Int(1)});
  }
}

Status SqliteStore::TouchDevice(const std::string& id, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  // A wall clock that was set back is as good a reason to write as time that passed.
  return db_.Run("UPDATE devices SET last_seen = ?1 WHERE id = ?2 AND (last_seen IS NULL OR abs(?1 - last_seen) >= ?3)",
                 {now_ms, id, kTouchStepMs});
}

Status SqliteStore::SaveReport(const std::string& id, const proto::Reported& reported, int64_t now_ms) {
  const std::string json = proto::ToJson(reported);
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(db_.Run("UPDATE devices SET reported = ?, last_seen = ? WHERE id = ? AND removed_at IS NULL",
                    {json, now_ms, id}));
  if (db_.changes() == 0) return VERGE_ERROR(kNotFound, "there is no device " + id);
  for (const proto::ReportedDeployment& d : reported.deployments) {
    const char* const state = proto::kDeviceStateNames[static_cast<size_t>(d.state)];
    VERGE_TRY(db_.Run(
        "UPDATE deployment_devices SET state = ?, detail = ?, updated_at = ? WHERE deployment = ? AND device = ?",
        {state, d.detail, d.updated_at, d.deployment, id}));
  }
  return transaction.Commit();
}

Result<proto::Desired> SqliteStore::DesiredOf(const std::string& id) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(const std::optional<int64_t> revision,
                   db_.QueryInt("SELECT revision FROM devices WHERE id = ? AND removed_at IS NULL", {id}));
  if (!revision) return VERGE_ERROR(kNotFound, "there is no device " + id);
  proto::Desired out;
  out.revision = *revision;
  VERGE_TRY_ASSIGN(
      sys::Statement select,
      db_.Prepare("SELECT d.id, d.app, d.version, r.manifest_digest, r.manifest_size FROM deployments d "
                  "JOIN releases r ON r.app = d.app AND r.version = d.version "
                  "WHERE d.superseded = 0 AND d.group_name = (SELECT group_name FROM devices WHERE id = ?) "
                  "ORDER BY d.app"));
  VERGE_TRY(select.Bind({id}));
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    proto::DesiredApp app;
    app.deployment = select.Text(0);
    app.app = select.Text(1);
    app.version = select.Int(2);
    app.manifest_digest = select.Text(3);
    app.manifest_size = select.Int(4);
    out.apps.push_back(std::move(app));
  }
}

}  // namespace verge::hub
