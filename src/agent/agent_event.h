// What the agent itself reports, as events of the app that it is about. docs/design/ota.md lists them.
//
//   agent.rolled-back    alert    a version was tried and is not taken: {"deployment", "reason"}; the event's version
//   is it agent.serving-again  normal   the version before it runs again: {"deployment", "after_ms"}, from the first
//   bad signal agent.runner-ended   normal   a runner that should run has ended or was ended: {"reason"}
#pragma once

#include <cstdint>
#include <string>

#include "proto/device.h"

namespace verge::agent {

struct AboutApp {
  std::string app;
  int64_t version = 0;
  int64_t time_ms = 0;  // wall clock, for the record
};

proto::Event RolledBackEvent(const AboutApp& about, const std::string& deployment, const std::string& reason);
proto::Event ServingAgainEvent(const AboutApp& about, const std::string& deployment, int64_t after_ms);
proto::Event RunnerEndedEvent(const AboutApp& about, const std::string& reason);

}  // namespace verge::agent
