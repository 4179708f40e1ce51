#include "agent/quality_gate.h"

namespace verge::agent {

void QualityGate::Reset(const std::vector<std::string>& monitors) {
  gates_.clear();
  for (const std::string& monitor : monitors) gates_.push_back({monitor});
  trouble_.clear();
}

void QualityGate::Hear(const proto::QualityReport& report) {
  for (Gate& gate : gates_) {
    if (gate.monitor != report.monitor) continue;
    gate.has_window = true;
    if (report.ok || !trouble_.empty()) continue;
    trouble_ = "monitor " + report.monitor + ": " + (report.detail.empty() ? "bad without a reason" : report.detail) +
               " (window " + std::to_string(report.window) + ")";
  }
}

std::string QualityGate::Missing() const {
  std::string names;
  for (const Gate& gate : gates_) {
    if (!gate.has_window) names += (names.empty() ? "" : ", ") + gate.monitor;
  }
  return names;
}

}  // namespace verge::agent
