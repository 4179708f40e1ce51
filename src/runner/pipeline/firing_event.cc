#include "runner/pipeline/firing_event.h"

#include <chrono>
#include <cmath>

#include "proto/json.h"

namespace verge::runner::pipeline {
namespace {

double Rounded(float value, double steps) { return std::round(static_cast<double>(value) * steps) / steps; }

int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<proto::RunnerEvent> EventOf(const Firing& firing, const Packet& packet) {
  proto::RunnerEvent event;
  event.priority = firing.severity == Severity::kAlert     ? proto::Priority::kAlert
                   : firing.severity == Severity::kWarning ? proto::Priority::kNormal
                                                           : proto::Priority::kBulk;
  event.kind = firing.rule;
  event.time_ms = WallMs();
  event.media_ms = firing.media_us / 1000;
  const Box& box = firing.object.box;
  const auto width = static_cast<float>(packet.image->width);
  const auto height = static_cast<float>(packet.image->height);
  const nlohmann::json data = {{"rule", firing.rule},
                               {"zone", firing.zone},
                               {"label", firing.object.label},
                               {"score", Rounded(firing.object.score, 1000)},
                               {"track", firing.object.track},
                               {"box",
                                {Rounded(box.x0 * width, 10), Rounded(box.y0 * height, 10), Rounded(box.x1 * width, 10),
                                 Rounded(box.y1 * height, 10)}},
                               {"frame", firing.frame},
                               {"severity", SeverityName(firing.severity)},
                               {"message", firing.message}};
  VERGE_TRY_ASSIGN(event.data, proto::JsonText::Parse(proto::DumpJson(data)));
  return event;
}

}  // namespace verge::runner::pipeline
