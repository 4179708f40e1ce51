// The monitors of a running app: they judge windows of its numbers (drift/monitor.h) and tell hub and agent.
//
// Events    drift.alert      priority alert, when a monitor's windows become bad
//           drift.recovered  priority normal, when they are good again
//           drift.window     priority bulk, the histogram of a window; a monitor's first, then one whenever the
//                            monitor said nothing for kWindowEveryMs
//           Their data is described in docs/design/drift.md.
// Agent     hears of every window of a monitor that is a gate: proto::QualityReport, after the event.
// State     Save and Load keep all monitors over a restart of the runner.
// Threads   any.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "drift/monitor.h"
#include "proto/runner.h"
#include "runner/quality/signals.h"

namespace verge::runner::quality {

inline constexpr int64_t kWindowEveryMs = 60'000;

class Monitors final : public SignalReader {
 public:
  using TellAgent = std::function<Status(const proto::QualityReport&)>;

  // Borrows all; `tell` may be empty.
  Monitors(const std::vector<app::Monitor>& monitors, pipeline::EventSink& events, TellAgent tell);

  // At the end of the source: windows that are at least half full are judged.
  Status Finish();

  // A part is taken where a monitor of that name and description still exists.
  std::string Save() const;
  Status Load(std::string_view bytes);

 private:
  struct Watched {
    drift::Monitor monitor;
    bool is_bad = false;
    int64_t told_ms = -1;  // when its last event left; -1: never
  };
  Status OnValue(size_t index, double value) override;
  Status Report(size_t index, const drift::WindowReport& report);
  Status Emit(size_t index, const drift::WindowReport& report, const char* kind, proto::Priority priority);

  std::vector<Watched> watched_;
  pipeline::EventSink& events_;
  TellAgent tell_;
};

}  // namespace verge::runner::quality
