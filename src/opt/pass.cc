#include "opt/pass.h"

#include <algorithm>
#include <string>

#include "ir/verify.h"

namespace verge::opt {

std::vector<Pass> AllPasses() {
  return {
#define VERGE_PASS(name, Name, summary) {#name, summary, Name},
#include "opt/passes.def"
#undef VERGE_PASS
  };
}

namespace {

// Runs one pass over a graph and all that are nested in it.
Result<size_t> RunEverywhere(const Pass& pass, ir::Graph& graph) {
  size_t changes = 0;
  for (ir::Graph& subgraph : graph.subgraphs) {
    VERGE_TRY_ASSIGN(const size_t inside, RunEverywhere(pass, subgraph));
    changes += inside;
  }
  VERGE_TRY_ASSIGN(const PassReport report, pass.run(graph));
  return changes + report.changes;
}

}  // namespace

Result<std::vector<PassOutcome>> RunPasses(ir::Graph& graph, const PassOptions& options) {
  std::vector<PassOutcome> outcomes;
  for (const Pass& pass : AllPasses()) {
    if (std::find(options.without.begin(), options.without.end(), pass.name) != options.without.end()) continue;
    Result<size_t> changes = RunEverywhere(pass, graph);
    if (!changes.ok()) return std::move(changes).status().WithContext(std::string("pass ") + pass.name);
    if (options.verify && *changes > 0) {
      Status status = ir::Verify(graph);
      if (!status.ok()) return std::move(status).WithContext(std::string("after pass ") + pass.name);
    }
    outcomes.push_back({pass.name, *changes});
  }
  ir::Compact(graph);
  return outcomes;
}

}  // namespace verge::opt
