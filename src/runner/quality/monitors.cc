#include "runner/quality/monitors.h"

#include <chrono>
#include <utility>

#include "proto/json.h"

namespace verge::runner::quality {
namespace {

using drift::WindowReport;

int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

const char* SignalName(app::Signal signal) {
  switch (signal) {
    case app::Signal::kInput: return "input";
    case app::Signal::kOutput: return "output";
    case app::Signal::kScore: return "score";
    case app::Signal::kEvents: return "events";
  }
  return "";
}

nlohmann::json DataOf(const app::Monitor& monitor, const WindowReport& report) {
  nlohmann::json data = {{"monitor", monitor.name},         {"signal", SignalName(monitor.signal)},
                         {"window", report.window},         {"samples", report.samples},
                         {"not_finite", report.not_finite}, {"mean", report.mean},
                         {"least", report.least},           {"most", report.most},
                         {"changed", report.has_changed},   {"trouble", report.trouble}};
  if (report.psi) data["psi"] = *report.psi;
  if (report.ks) data["ks"] = *report.ks;
  if (!report.counts.empty()) {
    data["edges"] = monitor.spec.reference->edges;
    data["shares"] = monitor.spec.reference->shares;
    data["counts"] = report.counts;
  }
  return data;
}

}  // namespace

Monitors::Monitors(const std::vector<app::Monitor>& monitors, pipeline::EventSink& events, TellAgent tell)
    : SignalReader(monitors), events_(events), tell_(std::move(tell)) {
  for (const app::Monitor& monitor : monitors) watched_.push_back({drift::Monitor(monitor.spec)});
}

Status Monitors::OnValue(size_t index, double value) {
  if (const auto report = watched_[index].monitor.Add(value)) return Report(index, *report);
  return Status::Ok();
}

Status Monitors::Finish() {
  const std::lock_guard lock(mutex());
  for (size_t i = 0; i < watched_.size(); ++i) {
    if (const auto report = watched_[i].monitor.Finish()) VERGE_TRY(Report(i, *report));
  }
  return Status::Ok();
}

Status Monitors::Report(size_t index, const WindowReport& report) {
  Watched& watched = watched_[index];
  const bool was_bad = std::exchange(watched.is_bad, !report.ok());
  const bool is_due = watched.told_ms < 0 || SteadyMs() - watched.told_ms >= kWindowEveryMs;
  if (watched.is_bad && !was_bad) {
    VERGE_TRY(Emit(index, report, "drift.alert", proto::Priority::kAlert));
  } else if (!watched.is_bad && was_bad) {
    VERGE_TRY(Emit(index, report, "drift.recovered", proto::Priority::kNormal));
  } else if (is_due) {
    VERGE_TRY(Emit(index, report, "drift.window", proto::Priority::kBulk));
  }
  const app::Monitor& monitor = monitors()[index];
  if (!monitor.is_gate || !tell_) return Status::Ok();
  return tell_({monitor.name, static_cast<int64_t>(report.window), report.ok(), report.trouble});
}

Status Monitors::Emit(size_t index, const WindowReport& report, const char* kind, proto::Priority priority) {
  proto::RunnerEvent event;
  event.priority = priority;
  event.kind = kind;
  event.time_ms = WallMs();
  VERGE_TRY_ASSIGN(event.data, proto::JsonText::Parse(proto::DumpJson(DataOf(monitors()[index], report))));
  watched_[index].told_ms = SteadyMs();
  return events_.Emit(std::move(event));
}

std::string Monitors::Save() const {
  const std::lock_guard lock(mutex());
  drift::StateWriter out;
  out.Tag("VMS1");
  out.Number(watched_.size());
  for (size_t i = 0; i < watched_.size(); ++i) {
    out.Bytes(monitors()[i].name);
    out.Bytes(watched_[i].monitor.Save());
  }
  return out.Take();
}

Status Monitors::Load(std::string_view bytes) {
  const std::lock_guard lock(mutex());
  drift::StateReader in(bytes);
  VERGE_TRY(in.Tag("VMS1"));
  VERGE_TRY_ASSIGN(const uint64_t count, in.Number(1024));
  for (uint64_t i = 0; i < count; ++i) {
    VERGE_TRY_ASSIGN(const std::string_view name, in.Bytes());
    VERGE_TRY_ASSIGN(const std::string_view state, in.Bytes());
    for (size_t k = 0; k < watched_.size(); ++k) {
      if (monitors()[k].name != name) continue;
      const Status loaded = watched_[k].monitor.Load(state);
      // Another version may describe it anew: then it starts anew.
      if (!loaded.ok() && loaded.code() != StatusCode::kFailedPrecondition) return loaded;
    }
  }
  return in.Done();
}

}  // namespace verge::runner::quality
