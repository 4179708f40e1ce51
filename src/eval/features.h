// Features of sound: the logarithm of the energy in bands that are equally wide to the ear.
//
//   y[n]      = x[n] - preemphasis * x[n - 1]
//   power[k]  = |DFT(y * Hamming window)[k]|^2 / window,  k = 0 .. window / 2
//   band      = sum of power[k] times a triangle over the mel scale, mel(f) = 1127 ln(1 + f / 700); the bands' corners
//               are equally spaced from low_hz to high_hz, k = 0 is left out
//   feature   = clip((10 log10(band) + offset) / range, 0, 1)
//
// Frames    start every `step` samples; one after the other, each of `bands` features.
// Threads   an object is immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace verge::eval {

struct LogMelOptions {
  int64_t window = 0;  // samples; 0: no features
  int64_t step = 0;
  int64_t bands = 0;
  double rate = 16000;  // samples a second
  double low_hz = 0;
  double high_hz = 8000;
  double preemphasis = 0;
  double offset = 0;  // dB
  double range = 1;   // dB
};

class LogMel {
 public:
  explicit LogMel(const LogMelOptions& options);

  // Samples beyond the end are silence.
  std::vector<float> Features(std::span<const float> samples, size_t frames) const;

 private:
  void AddFrame(std::span<const float> emphasised, size_t start, std::vector<float>& out) const;

  LogMelOptions options_;
  std::vector<double> window_;
  std::vector<double> cos_;
  std::vector<double> sin_;
  std::vector<std::vector<double>> weights_;  // a row a band, window / 2 + 1 long
};

}  // namespace verge::eval
