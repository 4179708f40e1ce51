#include "runner/run/monitor_state.h"

#include <cstdio>

#include "sys/file/file.h"

namespace verge::runner {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;

void Complain(const std::string& path, const Status& status) {
  std::fprintf(stderr, "verge-runner: %s: %s; the monitors begin anew\n", path.c_str(), status.ToString().c_str());
}

}  // namespace

MonitorState::MonitorState(quality::Monitors& monitors, const std::string& data_dir)
    : monitors_(monitors), path_(data_dir.empty() ? "" : sys::JoinPath(data_dir, "monitors.state")) {}

void MonitorState::Load() {
  if (path_.empty() || !sys::Exists(path_)) return;
  const Result<std::string> bytes = sys::ReadFile(path_, kMaxBytes);
  const Status loaded = bytes.ok() ? monitors_.Load(*bytes) : bytes.status();
  if (!loaded.ok()) Complain(path_, loaded);
}

void MonitorState::Save() {
  if (path_.empty()) return;
  if (const Status saved = sys::WriteFileAtomic(path_, monitors_.Save()); !saved.ok()) Complain(path_, saved);
}

}  // namespace verge::runner
