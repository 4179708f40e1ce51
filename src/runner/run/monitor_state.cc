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

MonitorState::MonitorState(quality::Monitors& monitors, int64_t version, const std::string& data_dir)
    : monitors_(monitors),
      version_(version),
      path_(data_dir.empty() ? "" : sys::JoinPath(data_dir, "monitors.state")) {}

void MonitorState::Load() {
  if (path_.empty() || !sys::Exists(path_)) return;
  const Result<std::string> bytes = sys::ReadFile(path_, kMaxBytes);
  const Status loaded = bytes.ok() ? LoadFrom(*bytes) : bytes.status();
  if (!loaded.ok()) Complain(path_, loaded);
}

Status MonitorState::LoadFrom(std::string_view bytes) {
  drift::StateReader in(bytes);
  VERGE_TRY(in.Tag("VERS"));
  VERGE_TRY_ASSIGN(const uint64_t version, in.Number(UINT64_MAX));
  VERGE_TRY_ASSIGN(const std::string_view state, in.Bytes());
  VERGE_TRY(in.Done());
  return version == static_cast<uint64_t>(version_) ? monitors_.Load(state) : Status::Ok();
}

void MonitorState::Save() {
  if (path_.empty()) return;
  drift::StateWriter out;
  out.Tag("VERS");
  out.Number(static_cast<uint64_t>(version_));
  out.Bytes(monitors_.Save());
  if (const Status saved = sys::WriteFileAtomic(path_, out.Take()); !saved.ok()) Complain(path_, saved);
}

}  // namespace verge::runner
