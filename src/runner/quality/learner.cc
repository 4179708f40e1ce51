#include "runner/quality/learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "drift/histogram.h"
#include "drift/ks.h"

namespace verge::runner::quality {
namespace {

constexpr size_t kBins = 10;
constexpr double kAlpha = 1e-4;  // false alarms a window; independent values are assumed
constexpr double kLeastPsi = 0.1;

std::string List(const std::vector<double>& numbers) {
  std::string out;
  for (const double number : numbers) out += (out.empty() ? "" : ", ") + fmt::format("{:.6g}", number);
  return "[" + out + "]";
}

}  // namespace

Status Learner::OnValue(size_t index, double value) {
  if (!std::isfinite(value)) {
    return VERGE_ERROR(kInvalidArgument, "monitor " + monitors()[index].name + ": a value is not finite");
  }
  Seen& seen = seen_[index];
  ++seen.count;
  if (seen.samples.size() < kMaxSamples) {
    seen.samples.push_back(value);
    return Status::Ok();
  }
  seen.random = seen.random * 6364136223846793005 + 1442695040888963407;
  const uint64_t place = (seen.random >> 11) % seen.count;
  if (place < kMaxSamples) seen.samples[place] = value;
  return Status::Ok();
}

std::string Learner::Yaml() const {
  const std::lock_guard lock(mutex());
  std::string out = "monitors:\n";
  for (size_t i = 0; i < seen_.size(); ++i) {
    const app::Monitor& monitor = monitors()[i];
    const std::vector<double>& samples = seen_[i].samples;
    out += fmt::format("  {}:   # learnt from {} values; keep its other fields\n", monitor.name, seen_[i].count);
    if (samples.empty()) {
      out += "    # no value was seen\n";
      continue;
    }
    const Result<drift::Reference> reference = drift::LearnReference(samples, kBins);
    if (!reference.ok()) {
      out += fmt::format("    mean: [{0:.6g}, {0:.6g}]   # every value was the same\n", samples[0]);
      continue;
    }
    const uint64_t window = monitor.spec.window;
    const double psi = drift::PsiThreshold(reference->shares.size(), window, samples.size(), kAlpha);
    const double ks = std::min(drift::KsThreshold(window, samples.size(), kAlpha), 1.0);
    out += fmt::format("    edges: {}\n    shares: {}\n", List(reference->edges), List(reference->shares));
    out += fmt::format("    psi: {:.3g}   # of windows of {}, 1 in {:.0f} exceeds {:.3g} by chance\n",
                       std::max(psi, kLeastPsi), window, 1 / kAlpha, psi);
    out += fmt::format("    ks: {:.3g}   # the same rate\n", ks);
  }
  return out;
}

}  // namespace verge::runner::quality
