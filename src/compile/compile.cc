#include "compile/compile.h"

#include "format/model/model.h"

namespace verge::compile {

Result<std::vector<opt::PassOutcome>> Optimise(ir::Graph& graph, const CompileOptions& options) {
  opt::PassOptions passes;
  passes.without.assign(options.skip_passes.begin(), options.skip_passes.end());
  VERGE_TRY(opt::CheckPassNames(passes.without));
  passes.integers = options.integers;
  passes.four_bits = options.four_bits;
  if (!options.optimize) return std::vector<opt::PassOutcome>();
  return opt::RunPasses(graph, passes);
}

Result<Compiled> Compile(ir::Graph graph, const CompileOptions& options) {
  Compiled out;
  VERGE_TRY_ASSIGN(out.passes, Optimise(graph, options));
  VERGE_TRY_ASSIGN(out.bytes, Lower(std::move(graph), options.storage));
  const auto verified = format::VerifiedModel::Verify(out.bytes.bytes(), nullptr);
  if (!verified.ok()) return Status(verified.status()).WithContext("the compiled model does not verify");
  return out;
}

}  // namespace verge::compile
