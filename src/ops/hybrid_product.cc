#include "ops/hybrid_product.h"

#include <algorithm>
#include <cmath>

namespace verge::ops {
namespace {

struct Grid {
  float scale = 1.0f;
  int32_t zero = 0;
};

Grid AsymmetricGrid(float smallest, float largest) {
  const auto lo = static_cast<double>(std::min(0.0f, smallest));
  const auto hi = static_cast<double>(std::max(0.0f, largest));
  if (lo == hi) return {};
  const double scale = (hi - lo) / 255.0;
  // Real 0 from the end whose rounding error is smaller.
  const double from_lo = -128.0 - lo / scale;
  const double from_hi = 127.0 - hi / scale;
  const bool is_lo_better = 128.0 + std::abs(lo / scale) < 127.0 + std::abs(hi / scale);
  const double zero = std::clamp(is_lo_better ? from_lo : from_hi, -128.0, 127.0);
  return {static_cast<float>(scale), static_cast<int32_t>(std::round(zero))};
}

// Rounds and clamps; NaN becomes 0, so that any input is defined.
int8_t Quantise(float x, int lo) {
  if (std::isnan(x)) return 0;
  return static_cast<int8_t>(std::clamp(std::round(x), static_cast<float>(lo), 127.0f));
}

}  // namespace

HybridVector::HybridVector(const float* v, size_t size, DType weights, bool asymmetric, std::span<int8_t> memory)
    : v_(v), size_(size) {
  if (!IsHybridDType(weights)) return;
  q_ = memory.first(size);
  std::fill(q_.begin(), q_.end(), int8_t{0});
  const auto [smallest, largest] = std::minmax_element(v, v + size);
  if (asymmetric) {
    const Grid grid = AsymmetricGrid(*smallest, *largest);
    scale_ = grid.scale;
    zero_ = grid.zero;
    const float inverse = 1.0f / scale_;
    for (size_t i = 0; i < size; ++i) q_[i] = Quantise(static_cast<float>(zero_) + v[i] * inverse, -128);
    return;
  }
  const float range = std::max(std::abs(*smallest), std::abs(*largest));
  if (range == 0.0f) return;
  scale_ = range / 127.0f;
  const float inverse = 127.0f / range;
  for (size_t i = 0; i < size; ++i) q_[i] = Quantise(v[i] * inverse, -127);
}

float HybridVector::Row(const Tensor& w, size_t row) const {
  if (q_.empty()) {
    const float* r = w.as<const float>() + row * size_;
    double sum = 0;
    for (size_t k = 0; k < size_; ++k) sum += static_cast<double>(r[k]) * static_cast<double>(v_[k]);
    return static_cast<float>(sum);
  }
  const int8_t* r = w.as<const int8_t>() + row * size_;
  int64_t sum = 0;
  for (size_t k = 0; k < size_; ++k) sum += static_cast<int32_t>(r[k]) * (static_cast<int32_t>(q_[k]) - zero_);
  return static_cast<float>(sum) * (scale_ * w.type.quant.scales[0]);
}

}  // namespace verge::ops
