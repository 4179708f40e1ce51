// Messages between device and hub: docs/formats/hub-api.md, "For devices".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proto/event.h"
#include "proto/json_text.h"

namespace verge::proto {

inline constexpr size_t kMaxEventsPerBatch = 500;

struct EnrolRequest {
  std::string token;
  std::string name;
  std::string csr;  // PEM
  JsonText inventory;
  std::string root;  // hex SHA-256 of the root.json that the token names; "" for none
};
struct EnrolAnswer {
  std::string device_id;
  std::string certificate;  // PEM
  std::string ca;           // PEM
  std::string group;
  std::string root;  // the document with that digest
};

struct DesiredApp {
  std::string deployment;
  std::string app;
  int64_t version = 0;
  std::string manifest_digest;
  int64_t manifest_size = 0;
};
struct Desired {
  int64_t revision = 0;
  std::vector<DesiredApp> apps;
};

// How far one device is with one deployment.
enum class DeviceState : uint8_t {
  kPending = 0,
  kDownloading,
  kVerifying,
  kInstalling,
  kProving,
  kCommitted,
  kRolledBack,
  kFailed
};
inline constexpr std::array<const char*, 8> kDeviceStateNames = {"pending", "downloading", "verifying",   "installing",
                                                                 "proving", "committed",   "rolled_back", "failed"};

struct Inventory {
  std::string cpu;
  std::vector<std::string> isa;
  int64_t cores = 0;
  int64_t memory_bytes = 0;
  std::string os;
};
struct ReportedApp {
  std::string app;
  int64_t running_version = 0;  // 0: none runs
  std::string slot;             // "a", "b" or ""
  bool healthy = false;
  std::optional<JsonText> heartbeat;
};
struct ReportedDeployment {
  std::string deployment;
  DeviceState state = DeviceState::kPending;
  std::string detail;
  int64_t updated_at = 0;
};
struct OutboxState {
  int64_t epoch = 0;
  int64_t next_seq = 1;
  int64_t pending = 0;
  int64_t dropped = 0;
};
struct Reported {
  std::string agent_version;
  std::string boot_id;
  Inventory inventory;
  std::vector<ReportedApp> apps;
  std::vector<ReportedDeployment> deployments;
  OutboxState outbox;
};

struct EventBatch {
  int64_t epoch = 0;
  std::vector<Event> events;  // each of this epoch
};
struct Acknowledged {
  int64_t epoch = 0;
  int64_t seq = 0;
};
struct EventsAnswer {
  Acknowledged acknowledged;
};

Result<EnrolRequest> ParseEnrolRequest(std::string_view text);
Result<EnrolAnswer> ParseEnrolAnswer(std::string_view text);
Result<Desired> ParseDesired(std::string_view text);
Result<Reported> ParseReported(std::string_view text);
// Also checks that every event carries the batch's epoch and that seq rises.
Result<EventBatch> ParseEventBatch(std::string_view text);
Result<EventsAnswer> ParseEventsAnswer(std::string_view text);
Result<JsonText> ToJsonText(const Inventory& inventory);

std::string ToJson(const EnrolRequest& m);
std::string ToJson(const EnrolAnswer& m);
std::string ToJson(const Desired& m);
std::string ToJson(const Reported& m);
std::string ToJson(const EventBatch& m);
std::string ToJson(const EventsAnswer& m);
std::string ToJson(const Event& m);

}  // namespace verge::proto
