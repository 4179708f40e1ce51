// A model in parts: some run by Verge's engine, the others by another one, each after those it reads from.
//
// Memory    values that go from one part to another are copied.
// Errors    of the parts' engines, with the part's name; kInternal when an engine gives another shape than the graph
// says
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "backend/engine_session.h"
#include "backend/partition/split.h"

namespace verge::backend {

// Opens one part.
using PartOpener = std::function<Result<std::unique_ptr<EngineSession>>(const ir::Graph& graph)>;

// `named` opens the named parts, `others` the rest. kUnsupported when an output of the graph is a constant.
Result<std::unique_ptr<EngineSession>> OpenPartitioned(const ir::Graph& graph, const std::vector<bool>& is_named,
                                                       const PartOpener& named, const PartOpener& others);

}  // namespace verge::backend
