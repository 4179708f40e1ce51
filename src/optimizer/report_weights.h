// The parts of the page that show what was done to weights: channels removed, zeros, rebuilt layers, clusters.
#pragma once

#include <string>

#include "optimizer/optimize.h"

namespace verge::optimizer {

// A section for each step that was taken.
std::string WeightTables(const Outcome& outcome);

}  // namespace verge::optimizer
