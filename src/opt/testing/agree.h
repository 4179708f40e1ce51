// Whether two graphs compute the same: for tests and fuzzers of passes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/evaluate.h"
#include "ir/graph.h"

namespace verge::opt::testing {

// One buffer a graph input: floats uniform in -2..2, integers and bools of any bits.
std::vector<ir::BufferPtr> RandomInputs(const ir::Graph& graph, uint32_t seed);

// Runs both graphs twice, one after the other so that states move on, with the reference kernels. "" when every output
// has the same name, type and numbers: integers the same bits, floats within `tolerance` of the output's largest number
// (or of 1, when that is smaller). An output that is not finite everywhere in `before` proves nothing and is left out.
std::string Disagreement(const ir::Graph& before, const ir::Graph& after, uint32_t seed, float tolerance);

}  // namespace verge::opt::testing
