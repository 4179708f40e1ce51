// The column sweep of SparseGPT for one layer: zeros are chosen while their errors are made good by the columns that
// come later. Equations: prune.h.
#pragma once

#include <span>

#include "base/status.h"
#include "prune/layers.h"
#include "prune/prune.h"

namespace verge::prune {

// Changes `weights`, [outputs, inputs]. Weights of inputs that are 0 on all rows go before all others, the smallest
// first. Errors    kInvalidArgument when the damped matrix is not positive definite (damping too small for these rows)
Status SweepObs(const Layer& layer, const WeightPruning& options, double share, const InputRows& rows,
                std::span<float> weights);

}  // namespace verge::prune
