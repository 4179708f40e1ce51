#include "proto/operator.h"

#include "proto/describe.h"
#include "proto/json.h"

namespace verge::proto {

// Answers of the hub may hold many rows.
constexpr size_t kMaxAnswerBytes = size_t{64} << 20;
constexpr size_t kMaxRows = 100'000;
constexpr TextRule kKeyIdRule{64, 64, IsIdentifier, "a key id of 64 hex digits"};
constexpr TextRule kTokenRule{1, 512, IsLine, "an enrolment token"};

template <typename A>
void Describe(A& a, EnrolmentTokenRequest& m) {
  a.Text("group", m.group, kNameRule);
  a.OptionalInt("uses", m.uses, {1, 1'000'000});
  a.OptionalInt("ttl_s", m.ttl_s, {1, 366LL * 24 * 3600});
}
template <typename A>
void Describe(A& a, EnrolmentToken& m) {
  a.Text("token", m.token, kTokenRule);
  a.Int("expires_at", m.expires_at);
}
template <typename A>
void Describe(A& a, Device& m) {
  a.Text("id", m.id, kIdRule);
  a.Text("name", m.name, kLineRule);
  a.Text("group", m.group, kNameRule);
  a.Int("enrolled_at", m.enrolled_at);
  a.NullableInt("last_seen", m.last_seen);
  a.Bool("online", m.online);
  a.Nullable("reported", m.reported);
  a.Object("desired", m.desired);
  a.Int("events", m.events);
}
template <typename A>
void Describe(A& a, DeviceList& m) {
  a.List("devices", m.devices, kMaxRows);
  a.NullableText("next", m.next, kLineRule);
}
template <typename A>
void Describe(A& a, Group& m) {
  a.Text("name", m.name, kNameRule);
  a.Int("devices", m.devices);
}
template <typename A>
void Describe(A& a, GroupList& m) {
  a.List("groups", m.groups, kMaxRows);
}
template <typename A>
void Describe(A& a, ReleaseRequest& m) {
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Text("manifest_digest", m.manifest_digest, kDigestRule);
}
template <typename A>
void Describe(A& a, Release& m) {
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Text("manifest_digest", m.manifest_digest, kDigestRule);
  a.Text("keyid", m.keyid, kKeyIdRule);
  a.Int("size_bytes", m.size_bytes);
  a.Int("created_at", m.created_at);
}
template <typename A>
void Describe(A& a, ReleaseList& m) {
  a.List("releases", m.releases, kMaxRows);
}
template <typename A>
void Describe(A& a, DeploymentRequest& m) {
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Text("group", m.group, kNameRule);
}
template <typename A>
void Describe(A& a, DeploymentDevice& m) {
  a.Text("device", m.device, kIdRule);
  a.Enum("state", m.state, kDeviceStateNames);
  a.OptionalText("detail", m.detail, kTextRule);
  a.OptionalInt("updated_at", m.updated_at);
}
template <typename A>
void Describe(A& a, DeploymentCounts& m) {
  a.Int("pending", m.pending);
  a.Int("downloading", m.downloading);
  a.Int("proving", m.proving);
  a.Int("committed", m.committed);
  a.Int("rolled_back", m.rolled_back);
  a.Int("failed", m.failed);
}
template <typename A>
void Describe(A& a, Deployment& m) {
  a.Text("id", m.id, kIdRule);
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Text("group", m.group, kNameRule);
  a.Int("created_at", m.created_at);
  a.Enum("state", m.state, kDeploymentStateNames);
  a.List("devices", m.devices, kMaxRows);
  a.Object("counts", m.counts);
}
template <typename A>
void Describe(A& a, DeploymentList& m) {
  a.List("deployments", m.deployments, kMaxRows);
}
template <typename A>
void Describe(A& a, HubEvent& m) {
  Describe(a, m.event);
  a.Text("device", m.device, kIdRule);
  a.Int("received_ms", m.received_ms);
}
template <typename A>
void Describe(A& a, HubEventList& m) {
  a.List("events", m.events, kMaxRows);
  a.Text("next", m.next, kLineRule);
}

Result<EnrolmentTokenRequest> ParseEnrolmentTokenRequest(std::string_view t) {
  return ParseMessage<EnrolmentTokenRequest>(t);
}
Result<EnrolmentToken> ParseEnrolmentToken(std::string_view t) { return ParseMessage<EnrolmentToken>(t); }
Result<DeviceList> ParseDeviceList(std::string_view t) { return ParseMessage<DeviceList>(t, kMaxAnswerBytes); }
Result<Device> ParseDevice(std::string_view t) { return ParseMessage<Device>(t); }
Result<GroupList> ParseGroupList(std::string_view t) { return ParseMessage<GroupList>(t, kMaxAnswerBytes); }
Result<ReleaseRequest> ParseReleaseRequest(std::string_view t) { return ParseMessage<ReleaseRequest>(t); }
Result<Release> ParseRelease(std::string_view t) { return ParseMessage<Release>(t); }
Result<ReleaseList> ParseReleaseList(std::string_view t) { return ParseMessage<ReleaseList>(t, kMaxAnswerBytes); }
Result<DeploymentRequest> ParseDeploymentRequest(std::string_view t) { return ParseMessage<DeploymentRequest>(t); }
Result<Deployment> ParseDeployment(std::string_view t) { return ParseMessage<Deployment>(t, kMaxAnswerBytes); }
Result<DeploymentList> ParseDeploymentList(std::string_view t) {
  return ParseMessage<DeploymentList>(t, kMaxAnswerBytes);
}
Result<HubEventList> ParseHubEventList(std::string_view t) { return ParseMessage<HubEventList>(t, kMaxAnswerBytes); }

std::string ToJson(const EnrolmentTokenRequest& m) { return WriteMessage(m); }
std::string ToJson(const EnrolmentToken& m) { return WriteMessage(m); }
std::string ToJson(const Device& m) { return WriteMessage(m); }
std::string ToJson(const DeviceList& m) { return WriteMessage(m); }
std::string ToJson(const GroupList& m) { return WriteMessage(m); }
std::string ToJson(const ReleaseRequest& m) { return WriteMessage(m); }
std::string ToJson(const Release& m) { return WriteMessage(m); }
std::string ToJson(const ReleaseList& m) { return WriteMessage(m); }
std::string ToJson(const DeploymentRequest& m) { return WriteMessage(m); }
std::string ToJson(const Deployment& m) { return WriteMessage(m); }
std::string ToJson(const DeploymentList& m) { return WriteMessage(m); }
std::string ToJson(const HubEvent& m) { return WriteMessage(m); }
std::string ToJson(const HubEventList& m) { return WriteMessage(m); }

}  // namespace verge::proto
