// verge inspect: what is in a model file.
#include <cstdio>
#include <memory>

#include "inspect/report.h"
#include "sys/file/mapped_file.h"
#include "verge/command.h"

namespace verge::cli {
namespace {

struct InspectFlags {
  std::string model;
  bool as_json = false;
  bool with_nodes = false;
};

Status Inspect(const InspectFlags& flags) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(flags.model));
  Result<inspect::ModelFacts> facts = inspect::ReadModel(file.bytes());
  if (!facts.ok()) return std::move(facts).status().WithContext(flags.model);
  VERGE_TRY_ASSIGN(const inspect::Report report,
                   inspect::MakeReport(flags.model, file.bytes().size(), std::move(facts).value()));
  const std::string text =
      flags.as_json ? inspect::ReportJson(report, flags.with_nodes) : inspect::PrintReport(report, flags.with_nodes);
  std::fputs(text.c_str(), stdout);
  return Status::Ok();
}

}  // namespace

void RegisterInspect(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("inspect", "Show what is in a model file: inputs, ops, parameters, cost, memory");
  auto flags = std::make_shared<InspectFlags>();
  command->add_option("MODEL", flags->model, "A .tflite or .vg file")->required();
  command->add_flag("--json", flags->as_json, "For programs");
  command->add_flag("--ops", flags->with_nodes, "A line for every node too");
  OnRun(*command, [flags] { return Inspect(*flags); });
}

}  // namespace verge::cli
