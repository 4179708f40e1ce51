// Structured pruning: removes whole channels, so that layers get smaller and any device runs them faster.
//
// Channels that must go together are found by tracing the graph (channel_labels.h, after the idea of DepGraph: Fang et
// al. 2023, arXiv:2301.12900): through residual sums, depthwise layers, concatenations, slices, flattening, gates. The
// share of a channel c in a dimension of a layer's weights is
//
//   e(c) = s(c) sum of w^2 at c / (the same over all channels of the dimension)
//
//   magnitude   s = 1; over output and input dimensions
//   energy      s = mean of x[c]^2 over the samples; over the input dimensions of the layers that read c: about the
//               share of their outputs that is lost
//   variance    s = variance of x[c]: the same when biases make good the mean, as reconstruction does
//
// and the score of a class is the sum over its places. By group (channels of the same layers) the lowest scores go; or
// over all groups the lowest scores a saved multiply-accumulate.
//
// Removing channels is exactly the same as setting to zero the weights that read them. Inputs, outputs and states keep
// their shapes.
// Exact     the same bits on every machine, given the same activations
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"
#include "prune/layers.h"
#include "quant/activations.h"

namespace verge::prune {

enum class ChannelScore { kMagnitude, kEnergy, kVariance };

struct ChannelPruning {
  ChannelScore score = ChannelScore::kMagnitude;
  double share = 0.3;      // of the channels that can be removed
  bool is_global = false;  // ranked over all groups instead of in each
  double max_share = 0.7;  // of a group, when ranked globally
  std::map<std::string, double> shares =
      {};                                // of single groups, by the name of a layer that makes the channels; not global
  std::vector<std::string> except = {};  // names of layers whose output channels stay
  int64_t min_channels = 4;              // of a layer that stay
  int64_t multiple_of = 1;               // kept channels are a multiple, where the layer had at least as many
  Progress progress = nullptr;
};

struct ChannelGroupReport {
  std::vector<std::string> layers;  // nodes whose output channels these are
  int64_t channels = 0;
  int64_t kept = 0;
  std::string reason;  // why all stay; empty otherwise
};

struct ChannelReport {
  std::vector<ChannelGroupReport> groups;
  uint64_t macs_before = 0;
  uint64_t macs = 0;
  uint64_t parameters_before = 0;  // elements of f32 constants
  uint64_t parameters = 0;
  // Of each layer that lost output channels: the ones that are left, as numbered before. For Reconstruct.
  std::map<std::string, std::vector<int64_t>> kept_outputs;
};

// Removes channels. `activations` runs samples of the graph; may be null for magnitude. Values get other ids.
// Errors    kInvalidArgument: options out of range, names of no layer, energy or variance without activations; those of
//           running. The graph is changed only on success.
Result<ChannelReport> PruneChannels(ir::Graph& graph, const ChannelPruning& options, quant::Activations* activations);

}  // namespace verge::prune
