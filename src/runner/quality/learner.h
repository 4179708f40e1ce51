// Learns what is normal: run an app over recordings that are as they should be, and the monitors of its app.yaml get
// their edges, shares and means. `verge-runner --learn-monitors`.
//
// Memory    kMaxSamples a monitor; of a longer run an evenly drawn sample (reservoir, with a fixed seed).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "runner/quality/signals.h"

namespace verge::runner::quality {

inline constexpr size_t kMaxSamples = 65536;

class Learner final : public SignalReader {
 public:
  explicit Learner(const std::vector<app::Monitor>& monitors) : SignalReader(monitors), seen_(monitors.size()) {}

  // The part `monitors` of app.yaml with what was learnt, each limit with the rate of false alarms it was chosen for.
  std::string Yaml() const;

 private:
  struct Seen {
    std::vector<double> samples;
    uint64_t count = 0;
    uint64_t random = 1;
  };
  Status OnValue(size_t index, double value) override;

  std::vector<Seen> seen_;
};

}  // namespace verge::runner::quality
