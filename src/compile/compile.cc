#include "compile/compile.h"

#include <algorithm>

#include "format/model/model.h"

namespace verge::compile {

namespace {

Status CheckPassNames(const std::vector<std::string>& names) {
  std::string known;
  for (const opt::Pass& pass : opt::AllPasses()) known += (known.empty() ? "" : ", ") + std::string(pass.name);
  for (const std::string& name : names) {
    const std::vector<opt::Pass> passes = opt::AllPasses();
    if (std::ranges::any_of(passes, [&](const opt::Pass& pass) { return name == pass.name; })) continue;
    return VERGE_ERROR(kInvalidArgument, "there is no pass \"" + name + "\"; known are " + known);
  }
  return Status::Ok();
}

}  // namespace

Result<std::vector<opt::PassOutcome>> Optimise(ir::Graph& graph, const CompileOptions& options) {
  VERGE_TRY(CheckPassNames(options.skip_passes));
  if (!options.optimize) return std::vector<opt::PassOutcome>();
  opt::PassOptions passes;
  passes.without.assign(options.skip_passes.begin(), options.skip_passes.end());
  return opt::RunPasses(graph, passes);
}

Result<Compiled> Compile(ir::Graph graph, const CompileOptions& options) {
  Compiled out;
  VERGE_TRY_ASSIGN(out.passes, Optimise(graph, options));
  VERGE_TRY_ASSIGN(out.bytes, Lower(std::move(graph)));
  const auto verified = format::VerifiedModel::Verify(out.bytes.bytes(), nullptr);
  if (!verified.ok()) return Status(verified.status()).WithContext("the compiled model does not verify");
  return out;
}

}  // namespace verge::compile
