// From the raw outputs of a single-shot detector to objects: anchors, box decoding, non-maximum suppression.
//
//   anchor centre   ((column + 0.5) / columns, (row + 0.5) / rows),  columns = ceil(input width / stride)
//   box centre      cx = ex / scale_x * aw + acx,   size  w = aw * exp(ew / scale_w)   (the same for y and h)
//   score           1 / (1 + exp(-logit)), class by class; class 0 is the background
//
// Source    Liu et al., SSD (arXiv:1512.02325) section 2.2; the scales and the reduced first layer as in TensorFlow's
//           object detection models.
// Threads   pure functions of their arguments; a decoder is immutable.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "runner/types.h"

namespace verge::runner {

// Fractions of the input picture.
struct Anchor {
  float cx = 0;
  float cy = 0;
  float w = 0;
  float h = 0;
};

struct AnchorOptions {
  int input_width = 300;
  int input_height = 300;
  std::vector<int> strides = {16, 32, 64, 128, 256, 512};
  double min_scale = 0.2;  // of the first layer; layers between are spaced evenly
  double max_scale = 0.95;
  std::vector<double> aspects = {1, 2, 0.5, 3, 1.0 / 3};
  bool has_reduced_first_layer = true;  // first layer: a square of scale 0.1, then aspects 2 and 1/2 of min_scale
  bool has_interpolated_square =
      true;  // one more square of the geometric mean of this scale and the next (1 after the last)
};

// Row by row, within a cell in the order of the comments above.
std::vector<Anchor> MakeSsdAnchors(const AnchorOptions& options);

struct SsdOptions {
  AnchorOptions anchors;
  std::array<double, 4> box_scale = {10, 10, 5, 5};  // of y, x, h, w: the order of the encodings
  float min_score = 0.3F;
  float max_overlap = 0.6F;     // of two boxes of one class: intersection over union
  size_t max_candidates = 400;  // best of each class before suppression
  size_t max_objects = 100;     // best of all classes after it
};

class SsdDecoder {
 public:
  // `labels[c]` names class c; labels[0] is the background and never reported.
  SsdDecoder(SsdOptions options, std::vector<std::string> labels);

  const std::vector<Anchor>& anchors() const { return anchors_; }
  size_t class_count() const { return labels_.size(); }

  // `encodings` [anchors, 4], `logits` [anchors, classes]. Best first. Not-a-number scores and boxes are left out.
  std::vector<Object> Decode(std::span<const float> encodings, std::span<const float> logits) const;

 private:
  Box DecodeBox(size_t anchor, std::span<const float> encodings) const;
  void DecodeClass(size_t c, std::span<const float> encodings, std::span<const float> logits,
                   std::vector<decode::Detection>& candidates) const;

  SsdOptions options_;
  std::vector<std::string> labels_;
  std::vector<Anchor> anchors_;
};

}  // namespace verge::runner
