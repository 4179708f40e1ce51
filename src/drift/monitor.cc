#include "drift/monitor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <span>
#include <utility>

namespace verge::drift {
namespace {

std::string Shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

// FNV-1a over everything that the meaning of a state depends on.
uint64_t Fingerprint(const MonitorSpec& spec) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](uint64_t value) {
    for (int i = 0; i < 8; ++i) hash = (hash ^ ((value >> (8 * i)) & 0xff)) * 0x100000001b3;
  };
  mix(spec.window);
  mix(static_cast<uint64_t>(spec.change));
  for (const double value : {spec.delta, spec.lambda, spec.low, spec.high, spec.error_below}) {
    mix(std::bit_cast<uint64_t>(value));
  }
  if (spec.reference) {
    for (const double edge : spec.reference->edges) mix(std::bit_cast<uint64_t>(edge));
  }
  return hash;
}

std::span<const double> EdgesOf(const MonitorSpec& spec) {
  return spec.reference ? std::span<const double>(spec.reference->edges) : std::span<const double>();
}

}  // namespace

Status CheckMonitorSpec(const MonitorSpec& spec) {
  if (spec.window < 1 || spec.window > (uint64_t{1} << 31)) {
    return VERGE_ERROR(kInvalidArgument, "expected a window of 1 to 2147483648 values");
  }
  if (spec.reference) VERGE_TRY(CheckReference(*spec.reference));
  if ((spec.psi || spec.ks) && !spec.reference) {
    return VERGE_ERROR(kInvalidArgument, "expected edges and shares, which psi and ks compare with");
  }
  if (!(spec.delta >= 0 && spec.lambda > 0 && spec.low < spec.high)) {
    return VERGE_ERROR(kInvalidArgument, "expected delta >= 0, lambda > 0 and a range that rises");
  }
  if (spec.change == ChangeTest::kAdwin && !(spec.delta > 0 && spec.delta < 1)) {
    return VERGE_ERROR(kInvalidArgument, "expected a delta between 0 and 1 for adwin");
  }
  return Status::Ok();
}

Monitor::Monitor(MonitorSpec spec) : spec_(std::move(spec)), histogram_(EdgesOf(spec_)) {
  switch (spec_.change) {
    case ChangeTest::kNone: break;
    case ChangeTest::kAdwin: detector_.emplace<Adwin>(spec_.delta, spec_.low, spec_.high); break;
    case ChangeTest::kPageHinkley: detector_.emplace<PageHinkley>(spec_.delta, spec_.lambda); break;
    case ChangeTest::kDdm: detector_.emplace<Ddm>(); break;
  }
}

bool Monitor::DetectsChange(double value) {
  if (auto* adwin = std::get_if<Adwin>(&detector_)) return adwin->Add(value);
  if (auto* page = std::get_if<PageHinkley>(&detector_)) return page->Add(value);
  if (auto* ddm = std::get_if<Ddm>(&detector_)) return ddm->Add(value < spec_.error_below) == DdmLevel::kDrift;
  return false;
}

std::optional<WindowReport> Monitor::Add(double value) {
  if (std::isfinite(value)) {
    least_ = finite_ == 0 ? value : std::min(least_, value);
    most_ = finite_ == 0 ? value : std::max(most_, value);
    ++finite_;
    sum_ += value;
    histogram_.Add(value);
    if (DetectsChange(value)) has_changed_ = true;
  } else {
    ++not_finite_;
  }
  if (finite_ + not_finite_ < spec_.window) return std::nullopt;
  return Judge();
}

std::optional<WindowReport> Monitor::Finish() {
  const uint64_t seen = finite_ + not_finite_;
  if (seen == 0 || seen < (spec_.window + 1) / 2) return std::nullopt;
  return Judge();
}

WindowReport Monitor::Judge() {
  WindowReport report;
  report.window = ++windows_;
  report.samples = finite_ + not_finite_;
  report.not_finite = not_finite_;
  report.least = least_;
  report.most = most_;
  report.has_changed = has_changed_;
  const auto blame = [&](const std::string& why) { report.trouble += (report.trouble.empty() ? "" : "; ") + why; };
  if (not_finite_ > 0) {
    blame(std::to_string(not_finite_) + " of " + std::to_string(report.samples) + " values are not finite");
  }
  if (finite_ > 0) {
    report.mean = sum_ / static_cast<double>(finite_);
    const auto exceeds = [&](const char* what, double value, const std::optional<double>& limit) {
      if (limit && value > *limit) blame(std::string(what) + " " + Shown(value) + " > " + Shown(*limit));
    };
    if (spec_.reference) {
      report.counts.assign(histogram_.counts().begin(), histogram_.counts().end());
      report.psi = Psi(histogram_.counts(), spec_.reference->shares);
      report.ks = KsDistance(histogram_.counts(), spec_.reference->shares);
      exceeds("psi", *report.psi, spec_.psi);
      exceeds("ks", *report.ks, spec_.ks);
    }
    exceeds("mean", report.mean, spec_.most_mean);
    if (spec_.least_mean && report.mean < *spec_.least_mean) {
      blame("mean " + Shown(report.mean) + " < " + Shown(*spec_.least_mean));
    }
  }
  if (has_changed_) blame("the values changed");
  histogram_.Clear();
  finite_ = 0;
  not_finite_ = 0;
  sum_ = 0;
  has_changed_ = false;
  return report;
}

std::string Monitor::Save() const {
  StateWriter out;
  out.Tag("MON1");
  out.Number(Fingerprint(spec_));
  for (const uint64_t number : {windows_, not_finite_, uint64_t{has_changed_}}) out.Number(number);
  for (const double real : {sum_, least_, most_}) out.Real(real);
  histogram_.Save(out);
  std::visit(
      [&](const auto& detector) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(detector)>, std::monostate>) detector.Save(out);
      },
      detector_);
  return out.Take();
}

Status Monitor::Load(std::string_view bytes) {
  StateReader in(bytes);
  VERGE_TRY(in.Tag("MON1"));
  VERGE_TRY_ASSIGN(const uint64_t fingerprint, in.Number(UINT64_MAX));
  if (fingerprint != Fingerprint(spec_)) {
    return VERGE_ERROR(kFailedPrecondition, "the saved state is of a monitor with another description");
  }
  Monitor loaded(spec_);
  VERGE_TRY(loaded.LoadParts(in));
  VERGE_TRY(in.Done());
  *this = std::move(loaded);
  return Status::Ok();
}

Status Monitor::LoadParts(StateReader& in) {
  VERGE_TRY_ASSIGN(windows_, in.Number(UINT64_MAX / 2));
  VERGE_TRY_ASSIGN(not_finite_, in.Number(spec_.window));
  VERGE_TRY_ASSIGN(const uint64_t has_changed, in.Number(1));
  has_changed_ = has_changed == 1;
  for (double* real : {&sum_, &least_, &most_}) {
    VERGE_TRY_ASSIGN(*real, in.Real());
  }
  VERGE_TRY(histogram_.Load(in));
  finite_ = histogram_.count();
  if (finite_ + not_finite_ >= spec_.window) return VERGE_ERROR(kDataLoss, "the saved window is longer than a window");
  if (auto* adwin = std::get_if<Adwin>(&detector_)) return adwin->Load(in);
  if (auto* page = std::get_if<PageHinkley>(&detector_)) return page->Load(in);
  if (auto* ddm = std::get_if<Ddm>(&detector_)) return ddm->Load(in);
  return Status::Ok();
}

}  // namespace verge::drift
