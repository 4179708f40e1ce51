// Messages between operators' tools and the hub: docs/formats/hub-api.md, "For operators".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proto/device.h"
#include "proto/event.h"

namespace verge::proto {

struct EnrolmentTokenRequest {
  std::string group;
  int64_t uses = 1;
  int64_t ttl_s = 3600;
};
struct EnrolmentToken {
  std::string token;
  int64_t expires_at = 0;
};

struct Device {
  std::string id;
  std::string name;
  std::string group;
  int64_t enrolled_at = 0;
  std::optional<int64_t> last_seen;
  bool online = false;
  std::optional<Reported> reported;
  Desired desired;
  int64_t events = 0;
};
struct DeviceList {
  std::vector<Device> devices;
  std::optional<std::string> next;
};
struct Group {
  std::string name;
  int64_t devices = 0;
};
struct GroupList {
  std::vector<Group> groups;
};

struct ReleaseRequest {
  std::string app;
  int64_t version = 0;
  std::string manifest_digest;
};
struct Release {
  std::string app;
  int64_t version = 0;
  std::string manifest_digest;
  std::string keyid;
  int64_t size_bytes = 0;
  int64_t created_at = 0;
};
struct ReleaseList {
  std::vector<Release> releases;
};

struct DeploymentRequest {
  std::string app;
  int64_t version = 0;
  std::string group;
};
enum class DeploymentState : uint8_t { kActive = 0, kSuperseded, kCompleted, kFailed };
inline constexpr std::array<const char*, 4> kDeploymentStateNames = {"active", "superseded", "completed", "failed"};
struct DeploymentDevice {
  std::string device;
  DeviceState state = DeviceState::kPending;
  std::string detail;
  int64_t updated_at = 0;
};
struct DeploymentCounts {
  int64_t pending = 0;
  int64_t downloading = 0;  // with verifying and installing
  int64_t proving = 0;
  int64_t committed = 0;
  int64_t rolled_back = 0;
  int64_t failed = 0;
};
struct Deployment {
  std::string id;
  std::string app;
  int64_t version = 0;
  std::string group;
  int64_t created_at = 0;
  DeploymentState state = DeploymentState::kActive;
  std::vector<DeploymentDevice> devices;
  DeploymentCounts counts;
};
struct DeploymentList {
  std::vector<Deployment> deployments;
};

// An Event as the hub shows it.
struct HubEvent {
  Event event;
  std::string device;
  int64_t received_ms = 0;
};
struct HubEventList {
  std::vector<HubEvent> events;
  std::string next;
};

Result<EnrolmentTokenRequest> ParseEnrolmentTokenRequest(std::string_view text);
Result<EnrolmentToken> ParseEnrolmentToken(std::string_view text);
Result<DeviceList> ParseDeviceList(std::string_view text);
Result<Device> ParseDevice(std::string_view text);
Result<GroupList> ParseGroupList(std::string_view text);
Result<ReleaseRequest> ParseReleaseRequest(std::string_view text);
Result<Release> ParseRelease(std::string_view text);
Result<ReleaseList> ParseReleaseList(std::string_view text);
Result<DeploymentRequest> ParseDeploymentRequest(std::string_view text);
Result<Deployment> ParseDeployment(std::string_view text);
Result<DeploymentList> ParseDeploymentList(std::string_view text);
Result<HubEventList> ParseHubEventList(std::string_view text);

std::string ToJson(const EnrolmentTokenRequest& m);
std::string ToJson(const EnrolmentToken& m);
std::string ToJson(const Device& m);
std::string ToJson(const DeviceList& m);
std::string ToJson(const GroupList& m);
std::string ToJson(const ReleaseRequest& m);
std::string ToJson(const Release& m);
std::string ToJson(const ReleaseList& m);
std::string ToJson(const DeploymentRequest& m);
std::string ToJson(const Deployment& m);
std::string ToJson(const DeploymentList& m);
std::string ToJson(const HubEvent& m);
std::string ToJson(const HubEventList& m);

}  // namespace verge::proto
