// Runs one app from its folder to the end of its source: under an agent, or on its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/yaml.h"
#include "runner/run/describe.h"

namespace verge::runner {

struct RunOptions {
  std::string app_dir;
  std::string data_dir;  // alerts.jsonl and report.html; empty: nothing is kept
  int agent_fd = -1;     // one end of the agent's socket pair; -1: on its own
  yaml::Params params;
  std::string events_path;   // one JSON line an event; empty: none
  std::string report_path;   // empty: DATA_DIR/report.html, if there is a data folder
  int64_t max_frames = 0;    // 0: all
  std::string capture_dir;   // what models read is kept here (run/capture.h); empty: nothing
  size_t capture_limit = 0;  // and the run ends after so many runs of one model; 0: never
  std::string record_path;   // what these elements give (none: the sources) is recorded here; empty: nothing is
  std::vector<std::string> record_elements;
  std::string replay_path;    // a recording that is played in place of the sources; one worker; empty: they are opened
  bool shows_stats = false;   // at the end, a table of the elements on standard output
  std::string learn_path;     // what is normal is learnt and written here, as YAML for app.yaml; empty: monitors watch
  bool is_sandboxed = false;  // shut this process in for good before the source is opened
};

// Returns when the source has ended, or after SIGINT, SIGTERM or the agent's stop. kCancelled when the agent went away.
// Blocks SIGINT and SIGTERM in the calling thread: call it once, from main.
Status RunApp(const RunOptions& options);

// What the sandbox of such a run allows, in words.
Result<std::string> ExplainPolicy(const RunOptions& options);

// The app's pipeline, made and checked as for a run but without opening its sources.
Result<std::string> ExplainGraph(const RunOptions& options, GraphFormat format);

}  // namespace verge::runner
