// From the raw outputs of detectors without anchors to boxes: every cell of a grid says what it sees.
//
//   YOLOX       row = [tx, ty, tw, th, object, class...]; centre (t + cell) * stride, size exp(t) * stride,
//               score = object * best class. Ge et al. 2021 (arXiv:2107.08430).
//   NanoDet     classes (already sigmoids) and, a side, a distribution over 0 .. bins-1 strides: the distance from the
//               centre of the cell is its mean. Li et al. 2020, generalised focal loss (arXiv:2006.04388).
//   FastestDet  planes [object, tx, ty, tw, th, class...] of one grid; centre (tanh(t) + cell) / grid, size sigmoid(t),
//               score = object^0.6 * (best class)^0.4.
//
// All give one class a cell, before suppression; boxes are fractions of the model's input.
// Errors    kInvalidArgument when the counts of the outputs do not fit the input's size.
// Threads   pure functions.
#pragma once

#include <span>
#include <vector>

#include "base/status.h"
#include "decode/boxes.h"

namespace verge::decode {

struct InputSize {
  int width = 0;
  int height = 0;
};

// `rows` is [cells, 5 + classes], the cells of stride 8, then 16, then 32, each row by row.
Result<std::vector<Detection>> DecodeYolox(std::span<const float> rows, InputSize input, int classes, float min_score);

// One stride: `scores` [cells, classes], `distances` [cells, 4 * bins] in the order left, top, right, bottom.
struct NanodetLevel {
  int stride = 0;
  std::span<const float> scores;
  std::span<const float> distances;
};
Result<std::vector<Detection>> DecodeNanodet(std::span<const NanodetLevel> levels, InputSize input, int classes,
                                             float min_score);

// `planes` is [5 + classes, rows, columns].
Result<std::vector<Detection>> DecodeFastestdet(std::span<const float> planes, int rows, int columns, int classes,
                                                float min_score);

}  // namespace verge::decode
