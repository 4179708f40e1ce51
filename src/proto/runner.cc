#include "proto/runner.h"

#include <type_traits>

#include "proto/json.h"

namespace verge::proto {

constexpr TextRule kElementRule{1, 128, IsLine, "an element id of at most 128 bytes"};

template <typename A>
void Describe(A& a, Hello& m) {
  a.Int("protocol", m.protocol, {1, 1000});
  a.Text("app", m.app, kNameRule);
  a.Int("version", m.version, {1, kMaxVersion});
  a.Int("pid", m.pid);
}
template <typename A>
void Describe(A&, Ready&) {}
template <typename A>
void Describe(A& a, ElementStats& m) {
  a.Text("id", m.id, kElementRule);
  a.Int("count", m.count);
  a.Int("drops", m.drops);
  a.Int("p50_us", m.p50_us);
  a.Int("p99_us", m.p99_us);
}
template <typename A>
void Describe(A& a, Heartbeat& m) {
  a.Int("uptime_ms", m.uptime_ms);
  a.Int("frames", m.frames);
  a.List("elements", m.elements, 256);
}
template <typename A>
void Describe(A& a, RunnerEvent& m) {
  a.Int("id", m.id, {1, kMaxInteger});
  a.Enum("priority", m.priority, kPriorityNames);
  a.Text("kind", m.kind, kIdRule);
  a.Int("time_ms", m.time_ms);
  a.OptionalInt("media_ms", m.media_ms);
  a.Json("data", m.data, kMaxEventDataBytes);
}
template <typename A>
void Describe(A& a, QualityReport& m) {
  a.Text("monitor", m.monitor, kNameRule);
  a.Int("window", m.window, {1, kMaxInteger});
  a.Bool("ok", m.ok);
  a.OptionalText("detail", m.detail, kTextRule);
}
template <typename A>
void Describe(A& a, Finished& m) {
  a.Text("reason", m.reason, kTextRule);
  a.OptionalInt("frames", m.frames);
}
template <typename A>
void Describe(A& a, RunnerError& m) {
  a.Text("message", m.message, kTextRule);
}
template <typename A>
void Describe(A& a, Stored& m) {
  a.Int("id", m.id);
}
template <typename A>
void Describe(A&, Stop&) {}
template <typename A>
void Describe(A& a, HealthCheck& m) {
  a.Text("name", m.name, kTextRule);
  a.Bool("ok", m.ok);
  a.OptionalText("detail", m.detail, kTextRule);
}
template <typename A>
void Describe(A& a, ProveReport& m) {
  a.Bool("healthy", m.healthy);
  a.List("checks", m.checks, 1024);
}

namespace {

constexpr TextRule kTypeRule{1, 64, IsLine, "a message type of at most 64 bytes"};

// A message with its "type" in front.
template <typename T>
struct Typed {
  std::string type;
  T message;
};
template <typename A, typename T>
void Describe(A& a, Typed<T>& m) {
  a.Text("type", m.type, kTypeRule);
  Describe(a, m.message);
}

template <typename T>
std::string WriteTyped(const char* type, const T& message) {
  return WriteMessage(Typed<T>{type, message});
}

template <typename Variant, typename T>
Result<Variant> ReadAs(const nlohmann::json& value) {
  VERGE_TRY_ASSIGN(T message, ReadMessage<T>(value));
  return Variant(std::move(message));
}

Result<std::string> TypeOf(const nlohmann::json& value) {
  std::string type;
  JsonReader reader(value, "");
  reader.Text("type", type, kTypeRule);
  VERGE_TRY(std::move(reader).Finish());
  return type;
}

}  // namespace

Result<RunnerMessage> ParseRunnerMessage(std::string_view text) {
  VERGE_TRY_ASSIGN(const nlohmann::json value, ParseJson(text));
  VERGE_TRY_ASSIGN(std::string type, TypeOf(value));
  if (type == "hello") return ReadAs<RunnerMessage, Hello>(value);
  if (type == "ready") return ReadAs<RunnerMessage, Ready>(value);
  if (type == "heartbeat") return ReadAs<RunnerMessage, Heartbeat>(value);
  if (type == "event") return ReadAs<RunnerMessage, RunnerEvent>(value);
  if (type == "quality") return ReadAs<RunnerMessage, QualityReport>(value);
  if (type == "finished") return ReadAs<RunnerMessage, Finished>(value);
  if (type == "error") return ReadAs<RunnerMessage, RunnerError>(value);
  return RunnerMessage(UnknownMessage{std::move(type)});
}

Result<AgentMessage> ParseAgentMessage(std::string_view text) {
  VERGE_TRY_ASSIGN(const nlohmann::json value, ParseJson(text));
  VERGE_TRY_ASSIGN(std::string type, TypeOf(value));
  if (type == "stored") return ReadAs<AgentMessage, Stored>(value);
  if (type == "stop") return ReadAs<AgentMessage, Stop>(value);
  return AgentMessage(UnknownMessage{std::move(type)});
}

Result<ProveReport> ParseProveReport(std::string_view text) { return ParseMessage<ProveReport>(text); }

std::string ToJson(const Hello& m) { return WriteTyped("hello", m); }
std::string ToJson(const Ready& m) { return WriteTyped("ready", m); }
std::string ToJson(const Heartbeat& m) { return WriteTyped("heartbeat", m); }
std::string ToJson(const RunnerEvent& m) { return WriteTyped("event", m); }
std::string ToJson(const QualityReport& m) { return WriteTyped("quality", m); }
std::string ToJson(const Finished& m) { return WriteTyped("finished", m); }
std::string ToJson(const RunnerError& m) { return WriteTyped("error", m); }
std::string ToJson(const Stored& m) { return WriteTyped("stored", m); }
std::string ToJson(const Stop& m) { return WriteTyped("stop", m); }
std::string ToJson(const ProveReport& m) { return WriteMessage(m); }

}  // namespace verge::proto
