// Releases and deployments.
#include "hub/store/sqlite/sqlite_store_impl.h"

namespace verge::hub {
namespace {

proto::Release ReadRelease(const sys::Statement& row) {
  return {row.Text(0), row.Int(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5)};
}

constexpr const char* kReleaseColumns =
    "SELECT app, version, manifest_digest, keyid, size_bytes, created_at FROM releases ";
constexpr const char* kDeploymentColumns =
    "SELECT id, app, version, group_name, created_at, superseded FROM deployments ";

proto::DeviceState StateOf(const std::string& name) {
  for (size_t i = 0; i < proto::kDeviceStateNames.size(); ++i) {
    if (name == proto::kDeviceStateNames[i]) return static_cast<proto::DeviceState>(i);
  }
  return proto::DeviceState::kPending;
}

void Count(proto::DeploymentCounts& counts, proto::DeviceState state, int64_t n) {
  switch (state) {
    case proto::DeviceState::kPending: counts.pending += n; break;
    case proto::DeviceState::kDownloading:
    case proto::DeviceState::kVerifying:
    case proto::DeviceState::kInstalling: counts.downloading += n; break;
    case proto::DeviceState::kProving: counts.proving += n; break;
    case proto::DeviceState::kCommitted: counts.committed += n; break;
    case proto::DeviceState::kRolledBack: counts.rolled_back += n; break;
    case proto::DeviceState::kFailed: counts.failed += n; break;
  }
}

// Completed: every device runs it. Failed: every device has decided and some could not. A later member makes it
// active again.
proto::DeploymentState StateOf(const proto::DeploymentCounts& counts, bool superseded) {
  if (superseded) return proto::DeploymentState::kSuperseded;
  const int64_t open = counts.pending + counts.downloading + counts.proving;
  const int64_t bad = counts.rolled_back + counts.failed;
  if (open > 0 || bad + counts.committed == 0) return proto::DeploymentState::kActive;
  return bad > 0 ? proto::DeploymentState::kFailed : proto::DeploymentState::kCompleted;
}

}  // namespace

Status SqliteStore::AddRelease(const proto::Release& release, int64_t manifest_size) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(const std::optional<std::string> present,
                   db_.QueryText("SELECT manifest_digest FROM releases WHERE app = ? AND version = ?",
                                 {release.app, release.version}));
  if (present && *present != release.manifest_digest) {
    return VERGE_ERROR(kAlreadyExists, release.app + ":" + std::to_string(release.version) + " was released as " +
                                           *present + ": a release never changes, publish a higher version");
  }
  if (present) return Status::Ok();
  VERGE_TRY(
      db_.Run("INSERT INTO releases(app, version, manifest_digest, manifest_size, keyid, size_bytes, created_at) "
              "VALUES(?, ?, ?, ?, ?, ?, ?)",
              {release.app, release.version, release.manifest_digest, manifest_size, release.keyid, release.size_bytes,
               release.created_at}));
  return transaction.Commit();
}

Result<std::optional<proto::Release>> SqliteStore::FindRelease(const std::string& app, int64_t version) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare(std::string(kReleaseColumns) + "WHERE app = ? AND version = ?"));
  VERGE_TRY(select.Bind({app, version}));
  VERGE_TRY_ASSIGN(const bool found, select.Step());
  if (!found) return std::optional<proto::Release>();
  return std::optional<proto::Release>(ReadRelease(select));
}

Result<std::vector<proto::Release>> SqliteStore::ListReleases() {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare(std::string(kReleaseColumns) +
                                                      "ORDER BY created_at DESC, app, version DESC LIMIT 10000"));
  std::vector<proto::Release> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    out.push_back(ReadRelease(select));
  }
}

Status SqliteStore::AddDeployment(const std::string& id, const proto::DeploymentRequest& request, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(
      const std::optional<int64_t> release,
      db_.QueryInt("SELECT 1 FROM releases WHERE app = ? AND version = ?", {request.app, request.version}));
  if (!release) {
    return VERGE_ERROR(
        kNotFound, "there is no release " + request.app + ":" + std::to_string(request.version) + ": publish it first");
  }
  VERGE_TRY(db_.Run("UPDATE deployments SET superseded = 1 WHERE group_name = ? AND app = ? AND superseded = 0",
                    {request.group, request.app}));
  VERGE_TRY(db_.Run("INSERT INTO deployments(id, app, version, group_name, created_at) VALUES(?, ?, ?, ?, ?)",
                    {id, request.app, request.version, request.group, now_ms}));
  VERGE_TRY(
      db_.Run("INSERT INTO deployment_devices(deployment, device, updated_at) "
              "SELECT ?, id, ? FROM devices WHERE group_name = ? AND removed_at IS NULL",
              {id, now_ms, request.group}));
  VERGE_TRY(db_.Run("UPDATE devices SET revision = revision + 1 WHERE group_name = ?", {request.group}));
  return transaction.Commit();
}

Status SqliteStore::FillDevices(proto::Deployment& deployment) {
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare("SELECT device, state, detail, updated_at FROM deployment_devices "
                               "WHERE deployment = ? ORDER BY device"));
  VERGE_TRY(select.Bind({deployment.id}));
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return Status::Ok();
    const proto::DeviceState state = StateOf(select.Text(1));
    Count(deployment.counts, state, 1);
    deployment.devices.push_back({select.Text(0), state, select.Text(2), select.Int(3)});
  }
}

Result<std::vector<proto::Deployment>> SqliteStore::ReadDeployments(sys::Statement& select) {
  std::vector<proto::Deployment> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    proto::Deployment d;
    d.id = select.Text(0);
    d.app = select.Text(1);
    d.version = select.Int(2);
    d.group = select.Text(3);
    d.created_at = select.Int(4);
    VERGE_TRY(FillDevices(d));
    d.state = StateOf(d.counts, select.Int(5) != 0);
    out.push_back(std::move(d));
  }
}

Result<std::optional<proto::Deployment>> SqliteStore::FindDeployment(const std::string& id) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare(std::string(kDeploymentColumns) + "WHERE id = ?"));
  VERGE_TRY(select.Bind({id}));
  VERGE_TRY_ASSIGN(std::vector<proto::Deployment> found, ReadDeployments(select));
  if (found.empty()) return std::optional<proto::Deployment>();
  return std::optional<proto::Deployment>(std::move(found.front()));
}

Result<std::vector<proto::Deployment>> SqliteStore::ListDeployments() {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare(std::string(kDeploymentColumns) + "ORDER BY number DESC LIMIT 200"));
  return ReadDeployments(select);
}

Status SqliteStore::CountDeployments(SummaryCounts& out) {
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare("SELECT d.id, dd.state, count(dd.device) FROM deployments d "
                                                      "LEFT JOIN deployment_devices dd ON dd.deployment = d.id "
                                                      "WHERE d.superseded = 0 GROUP BY d.id, dd.state ORDER BY d.id"));
  std::string current;
  proto::DeploymentCounts counts;
  const auto close = [&] {
    if (current.empty()) return;
    const proto::DeploymentState state = StateOf(counts, false);
    if (state == proto::DeploymentState::kActive) ++out.deployments_active;
    if (state == proto::DeploymentState::kCompleted) ++out.deployments_completed;
    if (state == proto::DeploymentState::kFailed) ++out.deployments_failed;
  };
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) break;
    if (select.Text(0) != current) {
      close();
      current = select.Text(0);
      counts = {};
    }
    Count(counts, StateOf(select.Text(1)), select.Int(2));
  }
  close();
  return Status::Ok();
}

}  // namespace verge::hub
