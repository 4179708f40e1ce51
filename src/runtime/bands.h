// Finds the chains of a graph that run in bands of rows (band_group.h). Internal.
#pragma once

#include <span>
#include <vector>

#include "format/model/model.h"
#include "runtime/band_group.h"
#include "runtime/model.h"

namespace verge::runtime {

// In the order of the schedule. `nodes` are prepared: kernels chosen, sizes known.
std::vector<BandGroup> FindBands(const format::ModelTables& tables, std::span<const PreparedNode> nodes,
                                 const LoadOptions& options);

}  // namespace verge::runtime
