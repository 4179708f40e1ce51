// Boxes of detectors that put out a fixed number of them, each with a score a class.
//
//   priors      centre c = p + 0.1 * t * size, size = size * exp(0.2 * t): the encoding of SSD with the usual variances
//   UltraFace   priors of the network of 320 x 240: squares of 10, 16, 24 pixels at stride 8, 32, 48 at 16, 64, 96 at
//               32 and 128, 192, 256 at 64 (Ultra-Light-Fast-Generic-Face-Detector-1MB)
//
// Errors    kInvalidArgument when the counts of the outputs do not fit.
// Threads   pure functions.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "decode/boxes.h"
#include "decode/dense.h"

namespace verge::decode {

// A centre and a size, as fractions.
struct Prior {
  float cx = 0;
  float cy = 0;
  float w = 0;
  float h = 0;
};

std::vector<Prior> UltrafacePriors(InputSize input);

// `offsets` [priors, 4] as (x, y, w, h) against `priors`; with no priors they are corners already. `scores` is
// [boxes, classes]; class 0 is the background. A box gives one detection for each class of at least `min_score`;
// labels count from 0 after the background.
Result<std::vector<Detection>> DecodePriorBoxes(std::span<const float> scores, std::span<const float> offsets,
                                                std::span<const Prior> priors, int classes, float min_score);

}  // namespace verge::decode
