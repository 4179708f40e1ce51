#include "prune/masks.h"

#include <algorithm>
#include <numeric>

namespace verge::prune {

std::vector<Unit> CutUnits(const Layer& layer, size_t inputs) {
  std::vector<Unit> units;
  for (size_t tap = 0; tap < layer.taps; ++tap) {
    const size_t end = (tap + 1) * layer.channels;
    for (size_t k = tap * layer.channels; k < end; k += inputs) units.push_back({k, std::min(k + inputs, end)});
  }
  return units;
}

std::vector<Unit> CutOutputs(const Layer& layer, size_t outputs) {
  std::vector<Unit> blocks;
  for (size_t g = 0; g < layer.groups; ++g) {
    const size_t end = (g + 1) * layer.group_outputs();
    for (size_t o = g * layer.group_outputs(); o < end; o += outputs) blocks.push_back({o, std::min(o + outputs, end)});
  }
  return blocks;
}

std::vector<double> TileScores(const Layer& layer, std::span<const float> scores, std::span<const Unit> blocks,
                               std::span<const Unit> units) {
  std::vector<double> tiles;
  tiles.reserve(blocks.size() * units.size());
  for (const Unit& block : blocks) {
    for (const Unit& unit : units) {
      double sum = 0;
      for (size_t o = block.begin; o < block.end; ++o) {
        for (size_t k = unit.begin; k < unit.end; ++k) {
          const double score = static_cast<double>(scores[o * layer.inputs + k]);
          sum += score * score;
        }
      }
      tiles.push_back(sum / static_cast<double>((block.end - block.begin) * (unit.end - unit.begin)));
    }
  }
  return tiles;
}

std::vector<uint8_t> SmallestOf(std::span<const double> scores, size_t count) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto is_before = [&](size_t a, size_t b) { return scores[a] != scores[b] ? scores[a] < scores[b] : a < b; };
  count = std::min(count, order.size());
  std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), order.end(), is_before);
  std::vector<uint8_t> marks(scores.size(), 0);
  for (size_t i = 0; i < count; ++i) marks[order[i]] = 1;
  return marks;
}

void MarkTwoOfFour(std::span<const float> scores, std::span<uint8_t> marks) {
  for (size_t begin = 0; begin < scores.size(); begin += 4) {
    const size_t end = std::min(begin + 4, scores.size());
    for (size_t i = begin; i < end; ++i) {
      size_t larger = 0;
      for (size_t j = begin; j < end; ++j) {
        // Of equal ones the later stay, as SmallestOf has it.
        if (scores[j] > scores[i] || (scores[j] == scores[i] && j > i)) ++larger;
      }
      marks[i] = larger >= 2 ? 1 : 0;
    }
  }
}

}  // namespace verge::prune
