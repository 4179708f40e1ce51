// One-node graphs from the cases of src/ops, random inputs, and comparison: for tests of the exporters.
#pragma once

#include <string>
#include <vector>

#include "ir/evaluate.h"
#include "ir/graph.h"
#include "ops/case_file.h"

namespace verge::exported {

// The graph of one case: inputs "x0", "x1"..., constants where the case wants them, outputs "y0"...
Result<ir::Graph> GraphOf(const ops::Case& c);

// The cases of an op; none when its file cannot be read.
std::vector<ops::Case> CasesOf(ops::OpId op);

// Random bytes for each input of the graph, uniform in [lo, hi].
std::vector<ir::BufferPtr> RandomInputs(const ir::Graph& graph, uint32_t seed, float lo, float hi);

// Largest difference between two buffers of one type, as a share of the largest |want| (at least of 1e-3: the share of
// a probability near 0 says nothing); of quantised integers in steps. Infinite when only one of them is NaN.
double Difference(const ir::Value& type, const ir::BufferPtr& got, const ir::BufferPtr& want);

}  // namespace verge::exported
