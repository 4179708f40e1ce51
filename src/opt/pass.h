// What an optimisation pass is: a function that rewrites a verified graph into a verified graph that computes the same.
//
// Each pass is a file of its own and a line of passes.def; RunPasses runs them in that order.
// Threads   one graph, one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ir/graph.h"

namespace verge::opt {

struct PassReport {
  size_t changes = 0;  // how many places were rewritten; 0: the graph is as before
};

struct Pass {
  const char* name;     // "fold_constants"
  const char* summary;  // one line for people
  Result<PassReport> (*run)(ir::Graph& graph);
};

#define VERGE_PASS(name, Name, summary) Result<PassReport> Name(ir::Graph& graph);
#include "opt/passes.def"
#undef VERGE_PASS

// In the order they run.
std::vector<Pass> AllPasses();

struct PassOutcome {
  const char* name;
  size_t changes;
};

struct PassOptions {
  // Passes named here are left out.
  std::vector<std::string_view> without;
  // Verify the graph after each pass (an error then is a bug of ours and names the pass).
  bool verify = true;
};

// Runs all passes; each sees the graph that the one before left. Ends with ir::Compact.
Result<std::vector<PassOutcome>> RunPasses(ir::Graph& graph, const PassOptions& options = {});

}  // namespace verge::opt
