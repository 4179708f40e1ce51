// verge check: whether a finished model keeps within a budget against the one it was made from.
#include <cstdio>
#include <memory>

#include "sys/file/file.h"
#include "verge/command.h"
#include "verge/optimize_data.h"
#include "verge/optimize_flags.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxModelBytes = uint64_t{4} << 30;

Result<std::shared_ptr<const format::AlignedBytes>> ReadBytes(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxModelBytes));
  VERGE_TRY_ASSIGN(format::AlignedBytes bytes, format::AlignedBytes::CopyOf(std::as_bytes(std::span(text))));
  return std::make_shared<const format::AlignedBytes>(std::move(bytes));
}

Status RunCheck(const OptimizeFlags& flags) {
  VERGE_TRY_ASSIGN(optimizer::Settings settings, ReadOptimizeFlags(flags));
  if (!settings.budget.is_any()) {
    return VERGE_ERROR(kInvalidArgument, "give a budget: --max-drop, --min-sqnr, --max-size or --max-latency");
  }
  VERGE_TRY(ReadEvaluation(flags, settings));
  VERGE_TRY_ASSIGN(ir::Graph original, ReadGraph(flags.original, flags));
  VERGE_TRY_ASSIGN(const ir::Graph candidate, ReadGraph(flags.model, flags));
  VERGE_TRY_ASSIGN(const optimizer::Samples samples, ReadSamples(flags, settings.evaluation, original));
  VERGE_TRY(opt::RunPasses(original, settings.passes).status());
  VERGE_TRY_ASSIGN(auto bytes, ReadBytes(flags.model));
  ProgressBar bar;
  settings.watch = WatchWith(bar);
  const auto outcome = optimizer::Check(original, candidate, std::move(bytes), samples, settings);
  bar.Clear();
  if (!outcome.ok()) return Status(outcome.status()).WithContext(flags.model);
  if (!flags.report.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.report, optimizer::ToHtml(*outcome)));
  std::fputs(flags.as_json ? (optimizer::ToJson(*outcome) + "\n").c_str() : optimizer::ToText(*outcome).c_str(),
             stdout);
  if (outcome->chosen) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, flags.model + " is not within the budget");
}

}  // namespace

void RegisterCheck(CLI::App& app) {
  CLI::App* command = app.add_subcommand("check", "Judge a finished model by a budget, for CI");
  auto flags = std::make_shared<OptimizeFlags>();
  AddCheckFlags(*command, *flags);
  OnRun(*command, [flags] { return RunCheck(*flags); });
}

}  // namespace verge::cli
