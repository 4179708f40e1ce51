// Keeps the monitors' state in DATA_DIR/monitors.state, so that a slow drift is seen across restarts.
//
// Version  a state belongs to one version of the app: what an earlier one saw must not speak for or against a new one.
// Errors   a state that cannot be read or written costs the monitors their memory, never the app its run: it is said on
//          standard error.
// Threads  any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runner/quality/monitors.h"

namespace verge::runner {

class MonitorState {
 public:
  // Borrows. `data_dir` empty: nothing is kept.
  MonitorState(quality::Monitors& monitors, int64_t version, const std::string& data_dir);

  void Load();
  void Save();

 private:
  Status LoadFrom(std::string_view bytes);

  quality::Monitors& monitors_;
  int64_t version_;
  std::string path_;
};

}  // namespace verge::runner
