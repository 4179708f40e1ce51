// The least squares of one layer. Equations: reconstruct.h.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "base/status.h"
#include "ops/activation.h"
#include "prune/layers.h"
#include "prune/reconstruct.h"

namespace verge::prune {

// Rows that measure and do not take part.
inline bool IsHeldOut(size_t row) { return row % 8 == 7; }

// Multiplications of FitLayer, about.
double WorkOf(const Layer& layer, const Reconstruction& options, std::span<const float> weights);

// Z, S and the clamp of reconstruct.h.
struct LayerTarget {
  std::vector<float> sums;     // Z [rows, outputs]
  std::vector<float> offsets;  // S [rows, outputs]; empty: 0
  ops::ActivationRange range;

  double offset(size_t i) const { return offsets.empty() ? 0.0 : static_cast<double>(offsets[i]); }
  bool is_clamped() const { return std::isfinite(range.lo) || std::isfinite(range.hi); }
  // What is missing in `made` = X w + b + S at element i.
  double ErrorOf(size_t i, double made) const;
};

// Changes `weights` [outputs, inputs] and, where `has_bias`, `bias`.
// Errors    kInvalidArgument when the equations cannot be solved (the ridge is too small)
Status FitLayer(const Layer& layer, const Reconstruction& options, const InputRows& rows, const LayerTarget& target,
                bool has_bias, std::span<float> weights, std::span<float> bias);

}  // namespace verge::prune
