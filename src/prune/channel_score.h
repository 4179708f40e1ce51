// What each class of channels is worth, and what it costs. Equations: channels.h.
#pragma once

#include <vector>

#include "prune/channel_sets.h"
#include "prune/channels.h"

namespace verge::prune {

// One number a class of `sets`.
struct ChannelValues {
  std::vector<double> scores;
  std::vector<double> costs;  // multiply-accumulates of a run that go with it, other channels staying
};

Result<ChannelValues> ScoreChannels(const ir::Graph& graph, const std::vector<WeightRole>& roles,
                                    const ChannelSets& sets, const ChannelPruning& options,
                                    quant::Activations* activations);

}  // namespace verge::prune
