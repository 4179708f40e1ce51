// Runs one app from its folder to the end of its source: under an agent, or on its own.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "format/yaml/yaml.h"

namespace verge::runner {

struct RunOptions {
  std::string app_dir;
  std::string data_dir;  // alerts.jsonl and report.html; empty: nothing is kept
  int agent_fd = -1;     // one end of the agent's socket pair; -1: on its own
  yaml::Params params;
  std::string events_path;    // one JSON line an event; empty: none
  std::string report_path;    // empty: DATA_DIR/report.html, if there is a data folder
  int64_t max_frames = 0;     // 0: all
  std::string capture_dir;    // what models read is kept here (run/capture.h); empty: nothing
  size_t capture_limit = 0;   // and the run ends after so many runs of one model; 0: never
  bool is_sandboxed = false;  // shut this process in for good before the source is opened
};

// Returns when the source has ended, or after SIGINT, SIGTERM or the agent's stop. kCancelled when the agent went away.
// Blocks SIGINT and SIGTERM in the calling thread: call it once, from main.
Status RunApp(const RunOptions& options);

// What the sandbox of such a run allows, in words.
Result<std::string> ExplainPolicy(const RunOptions& options);

}  // namespace verge::runner
