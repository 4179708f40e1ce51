// verge optimize: the smallest model within a budget, and the report of how it was found.
#include <cstdio>
#include <memory>

#include "optimizer/optimize.h"
#include "sys/file/file.h"
#include "verge/command.h"
#include "verge/optimize_data.h"
#include "verge/optimize_flags.h"
#include "verge/progress.h"

namespace verge::cli {
namespace {

Status WriteAll(const OptimizeFlags& flags, const optimizer::Outcome& outcome) {
  if (!flags.report.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.report, optimizer::ToHtml(outcome)));
  if (!flags.report_json.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.report_json, optimizer::ToJson(outcome) + "\n"));
  if (outcome.bytes == nullptr) return Status::Ok();
  const std::span<const std::byte> bytes = outcome.bytes->bytes();
  return sys::WriteFileAtomic(flags.output, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Status RunOptimize(const OptimizeFlags& flags) {
  if (flags.output.empty() && !flags.is_explaining) {
    return VERGE_ERROR(kInvalidArgument, "give -o OUT.vg, or --explain to only see what the passes do");
  }
  VERGE_TRY_ASSIGN(optimizer::Settings settings, ReadOptimizeFlags(flags));
  VERGE_TRY(ReadEvaluation(flags, settings));
  VERGE_TRY_ASSIGN(ir::Graph graph, ReadGraph(flags.model, flags));
  VERGE_TRY_ASSIGN(const optimizer::Samples samples, ReadSamples(flags, settings.evaluation, graph));
  ChooseCriteria(flags, !samples.empty(), settings.recipe);
  ProgressBar bar;
  settings.watch = WatchWith(bar);
  Result<optimizer::Outcome> outcome = optimizer::Optimize(std::move(graph), samples, settings);
  bar.Clear();
  if (!outcome.ok()) return std::move(outcome).status().WithContext(flags.model);
  VERGE_TRY(WriteAll(flags, *outcome));
  if (flags.as_json) {
    std::printf("%s\n", optimizer::ToJson(*outcome).c_str());
  } else {
    if (flags.is_explaining) std::fputs(optimizer::ExplainPasses(*outcome).c_str(), stdout);
    if (!flags.output.empty()) std::fputs(optimizer::ToText(*outcome).c_str(), stdout);
  }
  if (outcome->chosen) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, "nothing that was tried is within the budget; no model was written");
}

}  // namespace

void RegisterOptimize(CLI::App& app) {
  CLI::App* command = app.add_subcommand("optimize", "Make a model smaller and faster within a budget, with proof");
  auto flags = std::make_shared<OptimizeFlags>();
  AddOptimizeFlags(*command, *flags);
  OnRun(*command, [flags] { return RunOptimize(*flags); });
}

}  // namespace verge::cli
