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

Result<std::vector<PassOutcome>> RunPasses(ir::Graph& graph, const PassOptions& options) {
  std::vector<PassOutcome> outcomes;
  for (const Pass& pass : AllPasses()) {
    if (std::find(options.without.begin(), options.without.end(), pass.name) != options.without.end()) continue;
    Result<PassReport> report = pass.run(graph);
    if (!report.ok()) return std::move(report).status().WithContext(std::string("pass ") + pass.name);
    if (options.verify && report->changes > 0) {
      Status status = ir::Verify(graph);
      if (!status.ok()) return std::move(status).WithContext(std::string("after pass ") + pass.name);
    }
    outcomes.push_back({pass.name, report->changes});
  }
  ir::Compact(graph);
  return outcomes;
}

}  // namespace verge::opt
