// What the monitors of a new version say of it while it soaks (app.yaml, `monitors` with `gate: true`).
//
// Trust     the runner is hostile: monitors that the release does not name are ignored, and nothing here grows.
//           A runner that lies about its quality gains what a version with no monitors has.
// Threads   the loop's thread only.
#pragma once

#include <string>
#include <vector>

#include "proto/runner.h"

namespace verge::agent {

class QualityGate {
 public:
  // Of a version that starts: nothing is known yet.
  void Reset(const std::vector<std::string>& monitors);
  void Hear(const proto::QualityReport& report);

  // The first bad window since Reset: "monitor scores: psi 1.32 > 0.25 (window 3)"; "" while there was none.
  const std::string& trouble() const { return trouble_; }
  // The monitors that had no window yet: "scores, brightness"; "" when all had one.
  std::string Missing() const;

 private:
  struct Gate {
    std::string monitor;
    bool has_window = false;
  };
  std::vector<Gate> gates_;
  std::string trouble_;
};

}  // namespace verge::agent
