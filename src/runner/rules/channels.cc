#include "runner/rules/channels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace verge::runner::rules {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

}  // namespace

Channels::Channels(size_t count, const std::vector<Window>& windows, int64_t stale_us)
    : channels_(count, {kMissing, kNever}), stale_us_(stale_us) {
  for (const Window& window : windows) {
    WindowState& state = windows_.emplace_back();
    state.channel = window.channel;
    state.step_us = std::max<int64_t>(1, window.length_us / kBuckets);
    state.buckets.resize(kBuckets);
  }
}

size_t Channels::WindowBytes() { return sizeof(WindowState) + static_cast<size_t>(kBuckets) * sizeof(Bucket); }

void Channels::Add(Bucket& into, const Bucket& more) {
  if (more.count == 0) return;
  if (into.count == 0) {
    into = more;
    return;
  }
  into.count += more.count;
  into.sum += more.sum;
  into.min = std::min(into.min, more.min);
  into.max = std::max(into.max, more.max);
}

void Channels::MoveTo(WindowState& window, int64_t step) {
  window.step = step;
  window.closed = {};
  for (int64_t s = std::max<int64_t>(0, step - kBuckets + 1); s < step; ++s) {
    const Bucket& bucket = window.buckets[static_cast<size_t>(s % kBuckets)];
    if (bucket.step == s) Add(window.closed, bucket);
  }
  Bucket& present = window.buckets[static_cast<size_t>(step % kBuckets)];
  if (present.step != step) present = {.step = step};
}

void Channels::Advance(int64_t media_us) {
  if (!has_begun_) {
    has_begun_ = true;
    now_us_ = media_us;
    for (Channel& channel : channels_) channel.since_us = media_us;
  }
  now_us_ = std::max(now_us_, media_us);
  for (WindowState& window : windows_) {
    const int64_t step = std::max<int64_t>(0, now_us_) / window.step_us;
    if (step != window.step || window.buckets[static_cast<size_t>(step % kBuckets)].step != step) MoveTo(window, step);
  }
}

void Channels::Set(size_t channel, double value) {
  if (std::isnan(value)) return;
  channels_[channel] = {value, now_us_};
  for (WindowState& window : windows_) {
    if (window.channel != channel) continue;
    Bucket& present = window.buckets[static_cast<size_t>(window.step % kBuckets)];
    Add(present, {present.step, 1, value, value, value, value});
  }
}

double Channels::Value(size_t channel) const {
  const Channel& c = channels_[channel];
  return stale_us_ > 0 && now_us_ - c.since_us > stale_us_ ? kMissing : c.value;
}

double Channels::AgeS(size_t channel) const {
  return static_cast<double>(now_us_ - channels_[channel].since_us) * 1e-6;
}

Channels::Bucket Channels::All(size_t window) const {
  const WindowState& w = windows_[window];
  Bucket all = w.closed;
  Add(all, w.buckets[static_cast<size_t>(w.step % kBuckets)]);
  return all;
}

double Channels::Count(size_t window) const { return static_cast<double>(All(window).count); }

double Channels::Mean(size_t window) const {
  const Bucket all = All(window);
  return all.count == 0 ? kMissing : all.sum / static_cast<double>(all.count);
}

double Channels::Min(size_t window) const {
  const Bucket all = All(window);
  return all.count == 0 ? kMissing : all.min;
}

double Channels::Max(size_t window) const {
  const Bucket all = All(window);
  return all.count == 0 ? kMissing : all.max;
}

double Channels::Change(size_t window) const {
  const Bucket all = All(window);
  return all.count == 0 ? kMissing : channels_[windows_[window].channel].value - all.first;
}

}  // namespace verge::runner::rules
