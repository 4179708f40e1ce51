// What the hub remembers, behind an interface so that another database can stand in for SQLite.
//
// Each function is one transaction: done and durable when it returns ok, else without effect.
// Threads   any; calls may block on the disk for some milliseconds.
// Errors    kNotFound the named thing does not exist | kAlreadyExists it exists and differs | kPermission a token is
//           unknown, used up or expired | kResourceExhausted the disk is full | kDataLoss the database is damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proto/device.h"
#include "proto/operator.h"

namespace verge::hub {

// A device as it is stored.
struct DeviceRow {
  std::string id;
  std::string name;
  std::string group;
  std::string fingerprint;  // of its certificate: hex SHA-256 of the DER
  int64_t enrolled_at = 0;
  std::optional<int64_t> last_seen;
  std::string reported_json;  // "" before the first report
  int64_t revision = 0;       // of its desired state; grows with every change of it
  int64_t events = 0;
};

// A manifest in a repository. The bytes are in the blob store under the same digest.
struct ManifestRow {
  std::string digest;
  std::string media_type;
  std::string artifact_type;  // "" when it has none
  std::string subject;        // digest it refers to, or ""
  int64_t size_bytes = 0;
  std::string annotations_json;  // an object
};

struct EventQuery {
  std::string device, app, kind, priority;  // "" is any
  std::optional<int64_t> after;             // cursor; without: the newest
  int64_t limit = 100;
};
struct EventPage {
  std::vector<proto::HubEvent> events;  // newest last
  int64_t next = 0;                     // cursor behind the last one
};

struct SummaryCounts {
  int64_t devices = 0, online = 0, releases = 0;
  int64_t deployments_active = 0, deployments_completed = 0, deployments_failed = 0;
  int64_t events = 0, alerts_24h = 0;
};

class Store {
 public:
  virtual ~Store() = default;

  // Operators. Tokens are kept as the hex SHA-256 of their text: 256 random bits need no salt.
  virtual Status AddOperator(const std::string& name, const std::string& token_hash, int64_t now_ms) = 0;
  // The operator's name; empty when nobody has that token.
  virtual Result<std::optional<std::string>> FindOperator(const std::string& token_hash) = 0;

  // Enrolment.
  virtual Status AddEnrolmentToken(const std::string& token_hash, const std::string& group, int64_t uses,
                                   int64_t expires_at) = 0;
  // The token's group, when it can be used now; does not use it.
  virtual Result<std::string> CheckEnrolmentToken(const std::string& token_hash, int64_t now_ms) = 0;
  // Uses the token once and adds the device (its group is the token's) with the group's deployments pending.
  virtual Status Enrol(const std::string& token_hash, const DeviceRow& device, int64_t now_ms) = 0;

  // Devices that were not removed.
  virtual Result<std::optional<DeviceRow>> FindDevice(const std::string& id) = 0;
  // Its certificate's. Every request of a device asks this, so it costs one look-up, whatever the device has reported.
  virtual Result<std::optional<std::string>> FindFingerprint(const std::string& id) = 0;
  // In order of id, those behind `after`.
  virtual Result<std::vector<DeviceRow>> ListDevices(const std::string& group, const std::string& after,
                                                     int64_t limit) = 0;
  virtual Result<std::vector<std::string>> DeviceIdsOfGroup(const std::string& group) = 0;
  virtual Status RemoveDevice(const std::string& id, int64_t now_ms) = 0;
  virtual Result<std::vector<proto::Group>> ListGroups() = 0;
  virtual Status TouchDevice(const std::string& id, int64_t now_ms) = 0;
  // Keeps the report and moves the states of this device's deployments; those it does not have are ignored.
  virtual Status SaveReport(const std::string& id, const proto::Reported& reported, int64_t now_ms) = 0;
  virtual Result<proto::Desired> DesiredOf(const std::string& id) = 0;

  // Releases.
  // The same release again is ok; another digest for the version is kAlreadyExists.
  virtual Status AddRelease(const proto::Release& release, int64_t manifest_size) = 0;
  virtual Result<std::optional<proto::Release>> FindRelease(const std::string& app, int64_t version) = 0;
  virtual Result<std::vector<proto::Release>> ListReleases() = 0;

  // Deployments. A new one supersedes the group's former one of the same app.
  virtual Status AddDeployment(const std::string& id, const proto::DeploymentRequest& request, int64_t now_ms) = 0;
  virtual Result<std::optional<proto::Deployment>> FindDeployment(const std::string& id) = 0;
  virtual Result<std::vector<proto::Deployment>> ListDeployments() = 0;  // newest first, the newest 200

  // Events. Returns the highest seq up to which there is no gap; what is there already is kept.
  virtual Result<int64_t> AddEvents(const std::string& device, const proto::EventBatch& batch, int64_t now_ms) = 0;
  virtual Result<EventPage> ListEvents(const EventQuery& query) = 0;

  // The registry's index. A blob belongs to the repositories it was pushed to.
  virtual Status AddBlob(const std::string& repository, const std::string& digest, int64_t size_bytes) = 0;
  virtual Result<std::optional<int64_t>> FindBlob(const std::string& repository, const std::string& digest) = 0;
  // `tag` may be "".
  virtual Status AddManifest(const std::string& repository, const ManifestRow& manifest, const std::string& tag) = 0;
  // `reference`: a digest or a tag.
  virtual Result<std::optional<ManifestRow>> FindManifest(const std::string& repository,
                                                          const std::string& reference) = 0;
  virtual Result<std::vector<std::string>> ListTags(const std::string& repository) = 0;  // sorted bytewise
  virtual Result<std::vector<ManifestRow>> ListReferrers(const std::string& repository, const std::string& subject) = 0;

  // `online_since`: devices seen at or after it count as online.
  virtual Result<SummaryCounts> Summarize(int64_t now_ms, int64_t online_since) = 0;
};

}  // namespace verge::hub
