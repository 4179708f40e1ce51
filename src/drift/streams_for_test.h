// Streams whose changes are known, the same on every machine and every run.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace verge::drift {

class Stream {
 public:
  // Mixed, so that the streams of two seeds are not one stream a step apart.
  explicit Stream(uint64_t seed) : state_(Mix(seed)) {}

  // Uniform in [0, 1): splitmix64.
  double Uniform() {
    state_ += 0x9e3779b97f4a7c15;
    return static_cast<double>(Mix(state_) >> 11) * 0x1p-53;
  }
  double Normal(double mean, double deviation) {
    const double radius = std::sqrt(-2 * std::log(1 - Uniform()));
    return mean + deviation * radius * std::cos(2 * std::numbers::pi * Uniform());
  }

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace verge::drift
