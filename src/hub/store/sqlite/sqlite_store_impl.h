// The class behind OpenSqliteStore; its functions are spread over this folder's sources by subject.
#pragma once

#include <mutex>
#include <utility>

#include "hub/store/store.h"
#include "sys/db/database.h"

namespace verge::hub {

// One connection behind one mutex: SQLite has one writer at a time anyway.
class SqliteStore final : public Store {
 public:
  explicit SqliteStore(sys::Database db) : db_(std::move(db)) {}

  Status AddOperator(const std::string& name, const std::string& token_hash, int64_t now_ms) override;
  Result<std::optional<std::string>> FindOperator(const std::string& token_hash) override;

  Status AddEnrolmentToken(const std::string& token_hash, const std::string& group, int64_t uses,
                           int64_t expires_at) override;
  Result<std::string> CheckEnrolmentToken(const std::string& token_hash, int64_t now_ms) override;
  Status Enrol(const std::string& token_hash, const DeviceRow& device, int64_t now_ms) override;

  Result<std::optional<DeviceRow>> FindDevice(const std::string& id) override;
  Result<std::optional<std::string>> FindFingerprint(const std::string& id) override;
  Result<std::vector<DeviceRow>> ListDevices(const std::string& group, const std::string& after,
                                             int64_t limit) override;
  Result<std::vector<std::string>> DeviceIdsOfGroup(const std::string& group) override;
  Status RemoveDevice(const std::string& id, int64_t now_ms) override;
  Result<std::vector<proto::Group>> ListGroups() override;
  Status TouchDevice(const std::string& id, int64_t now_ms) override;
  Status SaveReport(const std::string& id, const proto::Reported& reported, int64_t now_ms) override;
  Result<proto::Desired> DesiredOf(const std::string& id) override;

  Status AddRelease(const proto::Release& release, int64_t manifest_size) override;
  Result<std::optional<proto::Release>> FindRelease(const std::string& app, int64_t version) override;
  Result<std::vector<proto::Release>> ListReleases() override;

  Status AddDeployment(const std::string& id, const proto::DeploymentRequest& request, int64_t now_ms) override;
  Result<std::optional<proto::Deployment>> FindDeployment(const std::string& id) override;
  Result<std::vector<proto::Deployment>> ListDeployments() override;

  Result<int64_t> AddEvents(const std::string& device, const proto::EventBatch& batch, int64_t now_ms) override;
  Result<EventPage> ListEvents(const EventQuery& query) override;

  Status AddBlob(const std::string& repository, const std::string& digest, int64_t size_bytes) override;
  Result<std::optional<int64_t>> FindBlob(const std::string& repository, const std::string& digest) override;
  Status AddManifest(const std::string& repository, const ManifestRow& manifest, const std::string& tag) override;
  Result<std::optional<ManifestRow>> FindManifest(const std::string& repository, const std::string& reference) override;
  Result<std::vector<std::string>> ListTags(const std::string& repository) override;
  Result<std::vector<ManifestRow>> ListReferrers(const std::string& repository, const std::string& subject) override;

  Result<SummaryCounts> Summarize(int64_t now_ms, int64_t online_since) override;

 private:
  // The functions below run with mutex_ held.
  Result<std::string> TokenGroup(const std::string& token_hash, int64_t now_ms);
  Result<std::vector<DeviceRow>> ReadDevices(sys::Statement& select);
  Status FillDevices(proto::Deployment& deployment);
  Result<std::vector<proto::Deployment>> ReadDeployments(sys::Statement& select);
  Status CountDeployments(SummaryCounts& counts);
  Result<int64_t> Progress(const std::string& device, int64_t epoch);

  std::mutex mutex_;
  sys::Database db_;
};

}  // namespace verge::hub
