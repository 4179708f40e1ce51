// Any bytes become a graph (testing/random_graph.h) that all passes rewrite: it stays valid and computes the same. The
// first byte says which passes are left out.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "ir/text.h"
#include "ir/verify.h"
#include "opt/pass.h"
#include "opt/testing/agree.h"
#include "opt/testing/random_graph.h"

namespace {

[[noreturn]] void Fail(const std::string& what, const verge::ir::Graph& before, const verge::ir::Graph& after) {
  std::fprintf(stderr, "%s\nbefore:\n%s\nafter:\n%s\n", what.c_str(), verge::ir::Print(before).c_str(),
               verge::ir::Print(after).c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge;
  if (size == 0) return 0;
  const ir::Graph before = opt::testing::RandomGraph({data + 1, size - 1});
  const Status valid = ir::Verify(before);
  if (!valid.ok()) Fail(valid.ToString(), before, before);
  opt::PassOptions options;
  size_t n = 0;
  for (const opt::Pass& pass : opt::AllPasses()) {
    // Bit k of the byte leaves out every eighth pass from the k-th on; 0 runs all.
    if ((data[0] >> (n++ % 8) & 1) != 0) options.without.push_back(pass.name);
  }
  ir::Graph after = before;
  const auto outcomes = opt::RunPasses(after, options);
  if (!outcomes.ok()) Fail(outcomes.status().ToString(), before, after);
  const std::string problem = opt::testing::Disagreement(before, after, 1, 1e-3f);
  if (!problem.empty()) Fail(problem, before, after);
  return 0;
}
