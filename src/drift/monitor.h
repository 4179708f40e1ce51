// Watches one number of an app (a score, a picture's brightness, events a minute): each window of values is compared
// with what the release declares as normal, and a test for changes runs over all of them.
//
// Memory    constant: a histogram and the state of one test, at most 6 KB whatever the stream.
// Numbers   a value that is not finite is counted, joins no statistic, and makes its window bad: a model that gives
// such
//           values is broken.
// Threads   one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "drift/adwin.h"
#include "drift/ddm.h"
#include "drift/histogram.h"
#include "drift/page_hinkley.h"

namespace verge::drift {

enum class ChangeTest : uint8_t { kNone, kAdwin, kPageHinkley, kDdm };

struct MonitorSpec {
  uint64_t window = 200;               // values compared at a time, at least 1
  std::optional<Reference> reference;  // needed by psi and ks
  std::optional<double> psi;           // a window is bad above it
  std::optional<double> ks;            // a window is bad above it
  std::optional<double> least_mean;    // a window is bad when its mean is below it
  std::optional<double> most_mean;     // or above it
  ChangeTest change = ChangeTest::kNone;
  double delta = 0.002;      // of ADWIN and Page-Hinkley
  double lambda = 50;        // of Page-Hinkley
  double low = 0;            // of ADWIN: the range of the values
  double high = 1;           // of ADWIN
  double error_below = 0.5;  // of DDM: a value below it is an error
};

// kInvalidArgument says what is wrong.
Status CheckMonitorSpec(const MonitorSpec& spec);

// What one window was like.
struct WindowReport {
  uint64_t window = 0;  // counts from 1
  uint64_t samples = 0;
  uint64_t not_finite = 0;
  double mean = 0;
  double least = 0;
  double most = 0;
  std::vector<uint64_t> counts;  // of the reference's bins; empty without reference
  std::optional<double> psi;
  std::optional<double> ks;
  bool has_changed = false;  // the test for changes gave an alarm within it
  std::string trouble;       // "psi 1.32 > 0.25; mean 0.21 < 0.4"; empty: as it should be

  bool ok() const { return trouble.empty(); }
};

class Monitor {
 public:
  // `spec` has passed CheckMonitorSpec.
  explicit Monitor(MonitorSpec spec);

  // The report of a window that this value completes.
  std::optional<WindowReport> Add(double value);
  // At the end of a stream: the report of a window that is at least half full.
  std::optional<WindowReport> Finish();
  uint64_t windows() const { return windows_; }
  const MonitorSpec& spec() const { return spec_; }

  // State as bytes; Load takes only what a monitor of the same spec saved (kFailedPrecondition otherwise; kDataLoss
  // when damaged) and changes nothing on failure.
  std::string Save() const;
  Status Load(std::string_view bytes);

 private:
  using Detector = std::variant<std::monostate, Adwin, PageHinkley, Ddm>;

  bool DetectsChange(double value);
  WindowReport Judge();
  Status LoadParts(StateReader& in);

  MonitorSpec spec_;
  Histogram histogram_;
  Detector detector_;
  uint64_t windows_ = 0;
  uint64_t finite_ = 0;
  uint64_t not_finite_ = 0;
  double sum_ = 0;
  double least_ = 0;
  double most_ = 0;
  bool has_changed_ = false;
};

}  // namespace verge::drift
