// What becomes of a layer's output before anything else sees it: a sum with another branch, and a clamp.
#pragma once

#include "ir/graph.h"
#include "ops/activation.h"
#include "prune/layers.h"

namespace verge::prune {

struct LayerTail {
  // The other side of the sum: of the output's shape, and made before the layer runs. kNoValue: no sum, or none that is
  // known by then.
  ir::ValueId beside = ir::kNoValue;
  ops::ActivationRange range;
};

// Only what nobody else reads is followed. Where the sum's other side comes later there is no clamp either: it applies
// to what is not known yet.
LayerTail TailOf(const ir::Graph& graph, const Layer& layer);

}  // namespace verge::prune
