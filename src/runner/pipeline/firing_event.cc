#include "runner/pipeline/firing_event.h"

#include <chrono>
#include <cmath>

#include "proto/json.h"

namespace verge::runner::pipeline {
namespace {

double Rounded(float value, double steps) { return std::round(static_cast<double>(value) * steps) / steps; }

void AddObject(const Firing& firing, const media::Image& image, nlohmann::json& data) {
  const Box& box = firing.object.box;
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  data["zone"] = firing.zone;
  data["label"] = firing.object.label;
  data["score"] = Rounded(firing.object.score, 1000);
  data["track"] = firing.object.track;
  data["box"] = {Rounded(box.x0 * width, 10), Rounded(box.y0 * height, 10), Rounded(box.x1 * width, 10),
                 Rounded(box.y1 * height, 10)};
}

void AddValues(const Firing& firing, nlohmann::json& data) {
  nlohmann::json values = nlohmann::json::object();
  for (const auto& [name, value] : firing.values)
    values[name] = std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
  data["values"] = std::move(values);
}

}  // namespace

int64_t Services::WallMs(int64_t media_us) const {
  if (replay != nullptr) return replay->start_ms() + media_us / 1000;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<proto::RunnerEvent> EventOf(const Firing& firing, const Packet& packet, const Services& services) {
  proto::RunnerEvent event;
  event.priority = firing.severity == Severity::kAlert     ? proto::Priority::kAlert
                   : firing.severity == Severity::kWarning ? proto::Priority::kNormal
                                                           : proto::Priority::kBulk;
  event.kind = firing.rule;
  event.time_ms = services.WallMs(firing.media_us);
  event.media_ms = firing.media_us / 1000;
  nlohmann::json data = {{"rule", firing.rule},
                         {"frame", firing.frame},
                         {"severity", SeverityName(firing.severity)},
                         {"message", firing.message}};
  if (packet.image != nullptr) AddObject(firing, *packet.image, data);
  if (!firing.values.empty()) AddValues(firing, data);
  VERGE_TRY_ASSIGN(event.data, proto::JsonText::Parse(proto::DumpJson(data)));
  return event;
}

std::string LineOf(const proto::RunnerEvent& event) {
  return "{\"kind\":" + proto::QuoteJson(event.kind) + ",\"time_ms\":" + std::to_string(event.time_ms) +
         ",\"media_ms\":" + std::to_string(event.media_ms) + ",\"data\":" + event.data.text() + "}\n";
}

}  // namespace verge::runner::pipeline
