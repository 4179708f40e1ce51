// The fields of the messages that several others contain. For the sources of proto.
#pragma once

#include "proto/device.h"
#include "proto/event.h"
#include "proto/json.h"

namespace verge::proto {

template <typename A>
void Describe(A& a, Event& m) {
  a.Int("epoch", m.epoch, {1, kMaxInteger});
  a.Int("seq", m.seq, {1, kMaxInteger});
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Enum("priority", m.priority, kPriorityNames);
  a.Text("kind", m.kind, kIdRule);
  a.Int("time_ms", m.time_ms);
  a.OptionalInt("media_ms", m.media_ms);
  a.Json("data", m.data, kMaxEventDataBytes);
}

template <typename A>
void Describe(A& a, DesiredApp& m) {
  a.Text("deployment", m.deployment, kIdRule);
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Text("manifest_digest", m.manifest_digest, kDigestRule);
  a.Int("manifest_size", m.manifest_size, {1, int64_t{1} << 20});
}
template <typename A>
void Describe(A& a, Desired& m) {
  a.Int("revision", m.revision);
  a.List("apps", m.apps, 256);
}

template <typename A>
void Describe(A& a, Inventory& m) {
  a.Text("cpu", m.cpu, kLineRule);
  a.Texts("isa", m.isa, 64, kIdRule);
  a.Int("cores", m.cores);
  a.Int("memory_bytes", m.memory_bytes);
  a.Text("os", m.os, kLineRule);
}
inline constexpr TextRule kSlotRule{
    0, 1, [](std::string_view text) { return text.empty() || text == "a" || text == "b"; }, "a, b or nothing"};
template <typename A>
void Describe(A& a, ReportedApp& m) {
  a.Text("app", m.app, kNameRule);
  a.Int("running_version", m.running_version, {0, kMaxVersion});
  a.Text("slot", m.slot, kSlotRule);
  a.Bool("healthy", m.healthy);
  a.NullableJson("heartbeat", m.heartbeat);
}
template <typename A>
void Describe(A& a, ReportedDeployment& m) {
  a.Text("deployment", m.deployment, kIdRule);
  a.Enum("state", m.state, kDeviceStateNames);
  a.OptionalText("detail", m.detail, kTextRule);
  a.Int("updated_at", m.updated_at);
}
template <typename A>
void Describe(A& a, OutboxState& m) {
  a.Int("epoch", m.epoch);
  a.Int("next_seq", m.next_seq);
  a.Int("pending", m.pending);
  a.Int("dropped", m.dropped);
}
template <typename A>
void Describe(A& a, Reported& m) {
  a.Text("agent_version", m.agent_version, kLineRule);
  a.Text("boot_id", m.boot_id, kLineRule);
  a.Object("inventory", m.inventory);
  a.List("apps", m.apps, 256);
  a.List("deployments", m.deployments, 256);
  a.Object("outbox", m.outbox);
}

}  // namespace verge::proto
