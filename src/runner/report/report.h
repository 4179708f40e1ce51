// Writes what a run has shown: one HTML file that needs nothing else, and summary.json beside it for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "runner/report/collector.h"
#include "runner/rules/rule_set.h"
#include "runner/stats/stats.h"

namespace verge::runner::report {

struct RunInfo {
  std::string app;
  int version = 0;
  std::string description;
  std::string source;   // what was watched, for people
  std::string outcome;  // "end of stream", "stopped", or what went wrong
  int64_t wall_ms = 0;  // how long the run took
  std::vector<ElementStats> elements;
  std::vector<rules::Zone> zones;  // drawn over the pictures
};

// The whole page as text.
std::string RenderHtml(const RunInfo& info, const Collector& collector);
// One JSON object.
std::string RenderSummary(const RunInfo& info, const Collector& collector);
// Durable: `path` and summary.json in its folder.
Status WriteReport(const std::string& path, const RunInfo& info, const Collector& collector);

}  // namespace verge::runner::report
