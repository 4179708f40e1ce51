// Which weights of one layer are set to zero, given a score of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "prune/layers.h"

namespace verge::prune {

// Weights that stay or go together are a tile: `outputs` rows by the columns of one unit. Units cut the columns of a
// layer, tap by tap, into runs of `inputs` columns; the last of a tap may be shorter.
struct Unit {
  size_t begin = 0;
  size_t end = 0;
};
std::vector<Unit> CutUnits(const Layer& layer, size_t inputs);

// Rows [begin, end) of output blocks: `outputs` each within a group, the last of a group may be smaller.
std::vector<Unit> CutOutputs(const Layer& layer, size_t outputs);

// Score of each tile, [row block][unit]: the mean of the squared scores of its weights. `scores` is [outputs, inputs].
std::vector<double> TileScores(const Layer& layer, std::span<const float> scores, std::span<const Unit> blocks,
                               std::span<const Unit> units);

// Marks the `count` smallest of `scores`, of equal ones the earlier; marks are 0 or 1.
std::vector<uint8_t> SmallestOf(std::span<const double> scores, size_t count);

// Marks, of each run of 4 scores and of the shorter one at the end, all but the 2 largest.
void MarkTwoOfFour(std::span<const float> scores, std::span<uint8_t> marks);

}  // namespace verge::prune
