// Boxes in a picture, and non-maximum suppression over what a detector proposes.
//
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <vector>

namespace verge::decode {

// Corners as fractions of the frame: (0, 0) is its top left corner, (1, 1) its bottom right one. Boxes that a detector
// puts partly outside stay as they are.
struct Box {
  float x0 = 0;
  float y0 = 0;
  float x1 = 0;
  float y1 = 0;
};

struct Detection {
  Box box;
  float score = 0;
  int label = 0;  // index of the class
};

// Intersection over union; 0 for boxes without area.
float Overlap(const Box& a, const Box& b);

bool IsFinite(const Box& box);

// Best first (equal scores stay in their order): leaves out a detection that overlaps a better one of its class by more
// than `max_overlap`, and ends after `max_count`.
std::vector<Detection> Suppress(std::vector<Detection> candidates, float max_overlap, size_t max_count);

}  // namespace verge::decode
