// Messages between agent and runner: docs/formats/runner-protocol.md. One frame carries one of them as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "proto/event.h"
#include "proto/json_text.h"

namespace verge::proto {

struct Hello {
  int64_t protocol = 1;
  std::string app;
  int64_t version = 0;
  int64_t pid = 0;
};
struct Ready {};
struct ElementStats {
  std::string id;
  int64_t count = 0;
  int64_t drops = 0;
  int64_t p50_us = 0;
  int64_t p99_us = 0;
};
struct Heartbeat {
  int64_t uptime_ms = 0;
  int64_t frames = 0;
  std::vector<ElementStats> elements;
};
struct RunnerEvent {
  int64_t id = 0;  // counts from 1 within one run
  Priority priority = Priority::kNormal;
  std::string kind;
  int64_t time_ms = 0;
  int64_t media_ms = 0;
  JsonText data;
};
// What one window of a monitor was like (app.yaml, `monitors`).
struct QualityReport {
  std::string monitor;
  int64_t window = 0;  // counts from 1
  bool ok = false;
  std::string detail;  // "psi 1.32 > 0.25"; may be "" when ok
};
struct Finished {
  std::string reason;
  int64_t frames = 0;
};
struct RunnerError {
  std::string message;
};
struct UnknownMessage {
  std::string type;
};
using RunnerMessage =
    std::variant<Hello, Ready, Heartbeat, RunnerEvent, QualityReport, Finished, RunnerError, UnknownMessage>;

struct Stored {
  int64_t id = 0;  // every event up to here is durable
};
struct Stop {};
using AgentMessage = std::variant<Stored, Stop, UnknownMessage>;

// What `verge-runner --prove` prints.
struct HealthCheck {
  std::string name;
  bool ok = false;
  std::string detail;
};
struct ProveReport {
  bool healthy = false;
  std::vector<HealthCheck> checks;
};

// kInvalidArgument names the field. A type this program does not know is an UnknownMessage, no error.
Result<RunnerMessage> ParseRunnerMessage(std::string_view text);
Result<AgentMessage> ParseAgentMessage(std::string_view text);
Result<ProveReport> ParseProveReport(std::string_view text);

std::string ToJson(const Hello& m);
std::string ToJson(const Ready& m);
std::string ToJson(const Heartbeat& m);
std::string ToJson(const RunnerEvent& m);
std::string ToJson(const QualityReport& m);
std::string ToJson(const Finished& m);
std::string ToJson(const RunnerError& m);
std::string ToJson(const Stored& m);
std::string ToJson(const Stop& m);
std::string ToJson(const ProveReport& m);

}  // namespace verge::proto
