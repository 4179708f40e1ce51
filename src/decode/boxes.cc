#include "decode/boxes.h"

#include <algorithm>
#include <cmath>

namespace verge::decode {

float Overlap(const Box& a, const Box& b) {
  const float w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const float h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  if (!(w > 0 && h > 0)) return 0;
  const float both = w * h;
  const float all = (a.x1 - a.x0) * (a.y1 - a.y0) + (b.x1 - b.x0) * (b.y1 - b.y0) - both;
  return all > 0 ? both / all : 0;
}

bool IsFinite(const Box& box) { return std::isfinite(box.x0 + box.y0 + box.x1 + box.y1); }

std::vector<Detection> Suppress(std::vector<Detection> candidates, float max_overlap, size_t max_count) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Detection& a, const Detection& b) { return a.score > b.score; });
  std::vector<Detection> kept;
  for (const Detection& candidate : candidates) {
    if (kept.size() == max_count) break;
    const bool is_hidden = std::any_of(kept.begin(), kept.end(), [&](const Detection& better) {
      return better.label == candidate.label && Overlap(better.box, candidate.box) > max_overlap;
    });
    if (!is_hidden) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace verge::decode
