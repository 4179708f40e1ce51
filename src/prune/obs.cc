#include "prune/obs.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "prune/linear.h"
#include "prune/masks.h"

namespace verge::prune {
namespace {

constexpr size_t kSweepColumns = 128;  // that compete at a time, as in the paper
// What an input that was never seen counts, of a mean one: nothing against others, and still by the size of its
// weights.
constexpr double kDeadScale = 1e-12;

// One group of the layer: its weights in f64, and the factor of the inverse.
struct Sweep {
  size_t outputs = 0;
  size_t inputs = 0;
  std::vector<double> weights;  // [outputs, inputs]
  std::vector<double> factor;   // [inputs, inputs], upper
  std::vector<double> scales;   // [inputs]: of scores

  double Score(size_t o, size_t k) const {
    const double ratio = weights[o * inputs + k] / factor[k * inputs + k];
    return ratio * ratio * scales[k];
  }
  // Zeroes w[o][k] and lets the columns behind take over what it did.
  void Zero(size_t o, size_t k) {
    double* row = weights.data() + o * inputs;
    const double* u = factor.data() + k * inputs;
    const double error = row[k] / u[k];
    for (size_t j = k + 1; j < inputs; ++j) row[j] -= error * u[j];
    row[k] = 0;
  }
};

Result<std::vector<double>> FactorOf(const Layer& layer, size_t group, double damping, const InputRows& rows,
                                     std::vector<double>& scales) {
  const size_t n = layer.inputs;
  std::vector<double> gram(n * n, 0.0);
  AddGram(std::span(rows.values).subspan(group * n), rows.rows, layer.row_width(), n, gram);
  double mean = 0;
  for (size_t i = 0; i < n; ++i) mean += gram[i * n + i] / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    const bool is_dead = gram[i * n + i] == 0;
    scales[i] = is_dead ? kDeadScale * mean : 1.0;
    gram[i * n + i] += is_dead ? 1.0 : damping * mean;
  }
  std::vector<double> factor = InverseFactor(gram, n);
  if (factor.empty()) {
    return VERGE_ERROR(kInvalidArgument, "the inputs seen are too much alike to be told apart: use more damping");
  }
  return factor;
}

// Of the rows of one 4-column unit, all but two of each are zeroed.
void SweepTwoOfFour(Sweep& sweep, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    std::vector<uint8_t> marks(sweep.outputs * (unit.end - unit.begin));
    const size_t width = unit.end - unit.begin;
    for (size_t o = 0; o < sweep.outputs; ++o) {
      std::vector<float> scores;
      for (size_t k = unit.begin; k < unit.end; ++k) scores.push_back(static_cast<float>(sweep.Score(o, k)));
      MarkTwoOfFour(scores, std::span(marks).subspan(o * width, width));
    }
    for (size_t o = 0; o < sweep.outputs; ++o) {
      for (size_t k = unit.begin; k < unit.end; ++k) {
        if (marks[o * width + k - unit.begin] != 0) sweep.Zero(o, k);
      }
    }
  }
}

// The tiles of units [first, last) compete: `count` of them are zeroed.
void SweepTiles(Sweep& sweep, std::span<const Unit> blocks, std::span<const Unit> units, size_t count) {
  std::vector<double> scores;
  for (const Unit& block : blocks) {
    for (const Unit& unit : units) {
      double sum = 0;
      for (size_t o = block.begin; o < block.end; ++o) {
        for (size_t k = unit.begin; k < unit.end; ++k) sum += sweep.Score(o, k);
      }
      scores.push_back(sum / static_cast<double>((block.end - block.begin) * (unit.end - unit.begin)));
    }
  }
  const std::vector<uint8_t> marks = SmallestOf(scores, count);
  for (size_t b = 0; b < blocks.size(); ++b) {
    for (size_t u = 0; u < units.size(); ++u) {
      if (marks[b * units.size() + u] == 0) continue;
      for (size_t o = blocks[b].begin; o < blocks[b].end; ++o) {
        for (size_t k = units[u].begin; k < units[u].end; ++k) sweep.Zero(o, k);
      }
    }
  }
}

void SweepShare(Sweep& sweep, std::span<const Unit> blocks, std::span<const Unit> units, double share) {
  size_t done = 0;    // tiles swept
  size_t zeroed = 0;  // of them
  for (size_t first = 0; first < units.size();) {
    size_t last = first + 1;
    while (last < units.size() && units[last].end - units[first].begin <= kSweepColumns) ++last;
    done += blocks.size() * (last - first);
    // Counted from the start, so that roundings do not add up.
    const auto wanted = static_cast<size_t>(share * static_cast<double>(done));
    SweepTiles(sweep, blocks, units.subspan(first, last - first), wanted - zeroed);
    zeroed = wanted;
    first = last;
  }
}

}  // namespace

Status SweepObs(const Layer& layer, const WeightPruning& options, double share, const InputRows& rows,
                std::span<float> weights) {
  const bool is_block = options.pattern == Pattern::kBlock;
  const size_t width = options.pattern == Pattern::k2Of4 ? 4 : is_block ? options.block_inputs : 1;
  const std::vector<Unit> units = CutUnits(layer, width);
  Layer one_group = layer;
  one_group.outputs = layer.group_outputs();
  one_group.groups = 1;
  const std::vector<Unit> blocks = CutOutputs(one_group, is_block ? options.block_outputs : 1);
  for (size_t g = 0; g < layer.groups; ++g) {
    Sweep sweep{.outputs = one_group.outputs,
                .inputs = layer.inputs,
                .weights = {},
                .factor = {},
                .scales = std::vector<double>(layer.inputs, 1.0)};
    VERGE_TRY_ASSIGN(sweep.factor, FactorOf(layer, g, options.damping, rows, sweep.scales));
    const std::span<float> own = weights.subspan(g * one_group.weight_count(), one_group.weight_count());
    sweep.weights.assign(own.begin(), own.end());
    if (options.pattern == Pattern::k2Of4) {
      SweepTwoOfFour(sweep, units);
    } else {
      SweepShare(sweep, blocks, units, share);
    }
    for (size_t i = 0; i < own.size(); ++i) own[i] = static_cast<float>(sweep.weights[i]);
  }
  return Status::Ok();
}

}  // namespace verge::prune
