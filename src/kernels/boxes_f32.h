// How far a box is covered by others: the inner loop of non-maximum suppression.
//
//   iou(a, b) = h w / (area(a) + area(b) - h w)
//   h = min(a.y2, b.y2) - max(a.y1, b.y1), w likewise of x; 0 where h or w is not more than 0
//
// min and max are those of the C++ library, which says what a NaN does; each operation is rounded: the same bits as in
// the plain kernels of the ops.
//
// Requires  count >= 0; planes lie `stride` floats apart
// Memory    reads count values of each plane; no scratch
// Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

// Corners and area of a box; of many boxes, five planes in this order.
enum BoxPlane : size_t { kBoxY1, kBoxX1, kBoxY2, kBoxX2, kBoxArea };
inline constexpr size_t kBoxPlanes = 5;

enum class BoxRule {
  kNewFirst,       // iou(box, other)
  kPositiveAreas,  // iou(other, box), and 0 where one of them has no area
};

struct BoxesF32Table {
  const char* isa;
  const char* name;
  size_t lanes;
  // Whether iou is more than `threshold` for the box and any of the others.
  bool (*covers)(const float* others, size_t stride, size_t count, const float* box, float threshold, BoxRule rule);
};

}  // namespace verge::kernels
