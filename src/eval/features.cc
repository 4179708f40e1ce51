#include "eval/features.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace verge::eval {
namespace {

double Mel(double hz) { return 1127 * std::log(1 + hz / 700); }

}  // namespace

LogMel::LogMel(const LogMelOptions& options) : options_(options) {
  const auto n = static_cast<size_t>(options.window);
  const auto count = static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i);
    window_.push_back(n == 1 ? 1 : 0.54 - 0.46 * std::cos(turn / (count - 1)));
    cos_.push_back(std::cos(turn / count));
    sin_.push_back(std::sin(turn / count));
  }
  const double low = Mel(options.low_hz), high = Mel(options.high_hz);
  const double width = (high - low) / static_cast<double>(options.bands + 1);
  for (int64_t b = 0; b < options.bands; ++b) {
    const double left = low + static_cast<double>(b) * width, peak = left + width, right = peak + width;
    std::vector<double> row(n / 2 + 1);
    for (size_t k = 1; k < row.size(); ++k) {
      const double mel = Mel(static_cast<double>(k) * options.rate / count);
      row[k] = std::max(0.0, std::min((mel - left) / width, (right - mel) / width));
    }
    weights_.push_back(std::move(row));
  }
}

void LogMel::AddFrame(std::span<const float> emphasised, size_t start, std::vector<float>& out) const {
  const size_t n = window_.size();
  std::vector<double> frame(n);
  for (size_t i = 0; i < n && start + i < emphasised.size(); ++i) {
    frame[i] = static_cast<double>(emphasised[start + i]) * window_[i];
  }
  std::vector<double> power(n / 2 + 1);
  for (size_t k = 0; k < power.size(); ++k) {
    double re = 0, im = 0;
    size_t at = 0;  // k * i modulo n
    for (size_t i = 0; i < n; ++i) {
      re += frame[i] * cos_[at];
      im -= frame[i] * sin_[at];
      at += k;
      if (at >= n) at -= n;
    }
    power[k] = (re * re + im * im) / static_cast<double>(n);
  }
  constexpr double kSilence = 1e-30;  // so that the logarithm stays finite
  for (const std::vector<double>& row : weights_) {
    double band = 0;
    for (size_t k = 0; k < row.size(); ++k) band += row[k] * power[k];
    const double decibels = 10 * std::log10(std::max(band, kSilence));
    out.push_back(static_cast<float>(std::clamp((decibels + options_.offset) / options_.range, 0.0, 1.0)));
  }
}

std::vector<float> LogMel::Features(std::span<const float> samples, size_t frames) const {
  std::vector<float> emphasised(samples.begin(), samples.end());
  for (size_t i = emphasised.size(); i-- > 1;) {
    emphasised[i] -= static_cast<float>(options_.preemphasis) * emphasised[i - 1];
  }
  std::vector<float> out;
  out.reserve(frames * weights_.size());
  for (size_t f = 0; f < frames; ++f) AddFrame(emphasised, f * static_cast<size_t>(options_.step), out);
  return out;
}

}  // namespace verge::eval
