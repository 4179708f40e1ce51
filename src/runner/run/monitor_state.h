// Keeps the monitors' state in DATA_DIR/monitors.state, so that a slow drift is seen across restarts.
//
// Errors   a state that cannot be read or written costs the monitors their memory, never the app its run: it is said on
//          standard error.
// Threads  any.
#pragma once

#include <string>

#include "runner/quality/monitors.h"

namespace verge::runner {

class MonitorState {
 public:
  // Borrows. `data_dir` empty: nothing is kept.
  MonitorState(quality::Monitors& monitors, const std::string& data_dir);

  void Load();
  void Save();

 private:
  quality::Monitors& monitors_;
  std::string path_;
};

}  // namespace verge::runner
