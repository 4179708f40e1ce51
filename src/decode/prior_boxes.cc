#include "decode/prior_boxes.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace verge::decode {
namespace {

struct PriorLayer {
  int stride;
  std::vector<float> sizes;  // pixels
};

Box FromPrior(const Prior& prior, const float* t) {
  constexpr float kCentreVariance = 0.1F, kSizeVariance = 0.2F;
  const float cx = prior.cx + kCentreVariance * t[0] * prior.w, cy = prior.cy + kCentreVariance * t[1] * prior.h;
  const float w = prior.w * std::exp(kSizeVariance * t[2]), h = prior.h * std::exp(kSizeVariance * t[3]);
  return {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
}

}  // namespace

std::vector<Prior> UltrafacePriors(InputSize input) {
  static const PriorLayer kLayers[] = {{8, {10, 16, 24}}, {16, {32, 48}}, {32, {64, 96}}, {64, {128, 192, 256}}};
  const auto width = static_cast<float>(input.width), height = static_cast<float>(input.height);
  std::vector<Prior> priors;
  for (const PriorLayer& layer : kLayers) {
    const auto stride = static_cast<float>(layer.stride);
    const int rows = (input.height + layer.stride - 1) / layer.stride;
    const int columns = (input.width + layer.stride - 1) / layer.stride;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const float cx = (static_cast<float>(column) + 0.5F) * stride / width;
        const float cy = (static_cast<float>(row) + 0.5F) * stride / height;
        const auto clip = [](float x) { return std::clamp(x, 0.0F, 1.0F); };
        for (const float size : layer.sizes) {
          priors.push_back({clip(cx), clip(cy), clip(size / width), clip(size / height)});
        }
      }
    }
  }
  return priors;
}

Result<std::vector<Detection>> DecodePriorBoxes(std::span<const float> scores, std::span<const float> offsets,
                                                std::span<const Prior> priors, int classes, float min_score) {
  const size_t boxes = offsets.size() / 4;
  const bool fits = classes > 1 && offsets.size() % 4 == 0 && scores.size() % static_cast<size_t>(classes) == 0 &&
                    scores.size() / static_cast<size_t>(classes) == boxes && (priors.empty() || priors.size() == boxes);
  if (!fits) {
    return VERGE_ERROR(kInvalidArgument, std::to_string(scores.size()) + " scores of " + std::to_string(classes) +
                                             " classes, " + std::to_string(offsets.size()) + " box numbers and " +
                                             std::to_string(priors.size()) + " priors do not fit together");
  }
  std::vector<Detection> out;
  for (size_t i = 0; i < boxes; ++i) {
    const float* t = offsets.data() + 4 * i;
    const Box box = priors.empty() ? Box{t[0], t[1], t[2], t[3]} : FromPrior(priors[i], t);
    if (!IsFinite(box)) continue;
    for (int c = 1; c < classes; ++c) {
      const float score = scores[i * static_cast<size_t>(classes) + static_cast<size_t>(c)];
      if (score >= min_score) out.push_back({box, score, c - 1});
    }
  }
  return out;
}

}  // namespace verge::decode
