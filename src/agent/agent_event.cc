#include "agent/agent_event.h"

#include <utility>

#include "proto/json.h"

namespace verge::agent {
namespace {

constexpr size_t kMaxReasonBytes = 2048;  // also with every byte escaped far below the limit of an event

proto::Event Make(const AboutApp& about, proto::Priority priority, const char* kind, const nlohmann::json& data) {
  proto::Event event{0, 0, about.app, about.version, priority, kind, about.time_ms, 0, {}};
  // Text that came from a runner may be no UTF-8; DumpJson replaces what is not.
  Result<proto::JsonText> text = proto::JsonText::Parse(proto::DumpJson(data));
  if (text.ok()) event.data = std::move(text).value();
  return event;
}

}  // namespace

proto::Event RolledBackEvent(const AboutApp& about, const std::string& deployment, const std::string& reason) {
  return Make(about, proto::Priority::kAlert, "agent.rolled-back",
              {{"deployment", deployment}, {"reason", reason.substr(0, kMaxReasonBytes)}});
}

proto::Event ServingAgainEvent(const AboutApp& about, const std::string& deployment, int64_t after_ms) {
  return Make(about, proto::Priority::kNormal, "agent.serving-again",
              {{"deployment", deployment}, {"after_ms", after_ms}});
}

proto::Event RunnerEndedEvent(const AboutApp& about, const std::string& reason) {
  return Make(about, proto::Priority::kNormal, "agent.runner-ended", {{"reason", reason.substr(0, kMaxReasonBytes)}});
}

}  // namespace verge::agent
