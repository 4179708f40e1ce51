// The weights of static integer layers: their codes and biases, from the float graph, the plan and the scales of their
// inputs. Rewriting writes them into the graph; rounding and bias correction change them first.
//
// Threads   pure functions
#pragma once

#include <vector>

#include "quant/plan.h"
#include "quant/scales.h"
#include "quant/weights.h"

namespace verge::quant {

struct LayerCode {
  WeightCode weights;
  std::vector<int64_t> bias;  // empty: the layer has none
  float x_scale = 1;
  int limit = kLimit8;
  SumWidth width = SumWidth::k32;
  bool is_layer = false;
};

// One a node of the graph; only those of static layers hold anything. With `wants_bias`, layers without a bias get one
// of zeros.
std::vector<LayerCode> MakeLayerCodes(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                                      bool wants_bias);

// Of a layer's node.
Channels ChannelsOf(const ir::Graph& graph, const ir::Node& node, const Rule& rule);
bool HasBias(const ir::Node& node);

}  // namespace verge::quant
