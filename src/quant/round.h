// Adaptive rounding: whether each weight goes up or down is chosen so that the layer's output changes least, not the
// weight itself.
//
// For output channel o with steps u = w / scale and rounded steps q, the mean squared change of the output is
//
//   scale^2 (q - u)' H (q - u),   H = E[patch patch']
//
// H is measured on the float model, and 1 % of its mean diagonal is added to the diagonal: few samples say little about
// some directions. q is searched in two ways, each q_f being floor(u_f) or the step above:
//
//   relaxed   q = floor(u) + h(v), h(v) = clamp(1.2 s(v) - 0.1, 0, 1), 300 steps of Adam on the error + a penalty
//             sum 1 - |2 h - 1|^b with b from 20 to 2, which drives h to 0 or 1 (Nagel et al. 2020, arXiv:2004.10568)
//   greedy    starting from nearest, and from what the relaxed search found: single weights are turned while that
//             makes the error less
//
// The better result is taken: it is never worse than nearest. s(v) = (1 + v / sqrt(1 + v^2)) / 2 stands in for the
// logistic function and b takes whole numbers, so that all arithmetic is rounded alike on every machine.
//
// Costs     runs of the float model, as many as it takes to keep the H of layers at work below 256 MiB; about
//           4096 n^2 + 300 n^2 channels operations a layer of n inputs an output
// Leaves    layers of more than 4096 inputs an output to nearest
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "quant/layers.h"

namespace verge::quant {

// Row-major, symmetric [n, n].
struct Gram {
  explicit Gram(size_t size) : n(size), at(size * size, 0) {}
  void Add(std::span<const float> patch);
  size_t n;
  std::vector<double> at;
};

// (q - u)' H (q - u)
double RoundingError(const Gram& gram, std::span<const double> steps, std::span<const int8_t> q);

// Rounds channels of `gram.n` steps each, all seen through one H; within [-limit, limit].
std::vector<std::vector<int8_t>> RoundChannels(const Gram& gram, const std::vector<std::vector<double>>& steps,
                                               int limit);

struct RoundOptions {
  bool only_depthwise = false;
  size_t most_layers = 0;  // those of the worst weights first; 0: all
  ProgressSeen progress = nullptr;
};

// Changes the weights in `codes`.
Status RoundAdaptively(const ir::Graph& graph, const std::vector<NodePlan>& plans, Activations& activations,
                       const RoundOptions& options, std::vector<LayerCode>& codes);

}  // namespace verge::quant
