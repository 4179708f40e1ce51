// Boxes given by two corners, and how far they cover each other; for the kernels that suppress overlapping boxes.
#pragma once

#include <algorithm>

namespace verge::ops {

struct CornerBox {
  float y1 = 0, x1 = 0, y2 = 0, x2 = 0;
  float Area() const { return (y2 - y1) * (x2 - x1); }
};

// The box through any two opposite corners (y, x, y, x).
inline CornerBox OrderedBox(const float* c) {
  return {std::min(c[0], c[2]), std::min(c[1], c[3]), std::max(c[0], c[2]), std::max(c[1], c[3])};
}

// Common area by joint area; 0 when a box has no area.
inline float IntersectionOverUnion(const CornerBox& a, const CornerBox& b) {
  const float area_a = a.Area();
  const float area_b = b.Area();
  if (!(area_a > 0) || !(area_b > 0)) return 0;
  const float h = std::max(std::min(a.y2, b.y2) - std::max(a.y1, b.y1), 0.0f);
  const float w = std::max(std::min(a.x2, b.x2) - std::max(a.x1, b.x1), 0.0f);
  return h * w / (area_a + area_b - h * w);
}

}  // namespace verge::ops
