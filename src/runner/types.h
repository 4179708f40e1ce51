// What flows through a pipeline once pixels have become things: boxes, objects, and what rules made of them.
// Plain values. Times are media times: microseconds since the first frame of the source.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "decode/boxes.h"

namespace verge::runner {

using decode::Box;

// One thing seen in one frame.
struct Object {
  std::string label;
  float score = 0;  // 0..1
  Box box;
  uint32_t track = 0;         // counts from 1 within a run; 0: not tracked
  int64_t first_seen_us = 0;  // of the track
};

enum class Severity { kInfo, kWarning, kAlert };

// A rule that became true.
struct Firing {
  std::string rule;
  std::string zone;  // the first zone its condition names; may be empty
  std::string message;
  Severity severity = Severity::kInfo;
  Object object;                                       // of a rule about objects
  std::vector<std::pair<std::string, double>> values;  // of a rule about values: what they were; NaN: missing
  int64_t media_us = 0;
  int64_t frame = 0;
};

// "info", "warning", "alert"
inline const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return "info";
    case Severity::kWarning: return "warning";
    case Severity::kAlert: return "alert";
  }
  return "info";
}

}  // namespace verge::runner
