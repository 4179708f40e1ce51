// verge pipeline: look at an app's pipeline, run it here, record it, replay it.
#include <memory>
#include <string>
#include <vector>

#include "verge/command.h"
#include "verge/run_runner.h"

namespace verge::cli {
namespace {

struct PipelineFlags {
  std::string app;
  std::vector<std::string> params;
  std::string format = "text";
  std::string recording;
  std::vector<std::string> elements;
  std::string data;
  std::string events;
  std::string report;
  int64_t max_frames = 0;
};

std::vector<std::string> ArgumentsOf(const PipelineFlags& flags) {
  std::vector<std::string> arguments = {"--app", flags.app};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) arguments.insert(arguments.end(), {name, value});
  };
  for (const std::string& param : flags.params) add("--param", param);
  add("--data", flags.data);
  add("--events", flags.events);
  add("--report", flags.report);
  if (flags.max_frames > 0) add("--max-frames", std::to_string(flags.max_frames));
  return arguments;
}

Status Run(const PipelineFlags& flags, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = ArgumentsOf(flags);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunRunner(std::move(arguments));
}

CLI::App* Add(CLI::App& parent, const char* name, const char* summary, PipelineFlags& flags) {
  CLI::App* command = parent.add_subcommand(name, summary);
  command->add_option("APP", flags.app, "Folder of the app")->required();
  command->add_option("--param", flags.params, "name=value for a parameter of app.yaml; may be repeated");
  return command;
}

void AddRunFlags(CLI::App& command, PipelineFlags& flags) {
  command.add_option("--data", flags.data, "Folder for what sinks write: alerts.jsonl, report.html");
  command.add_option("--events", flags.events, "Write every event to this file, a JSON line each");
  command.add_option("--report", flags.report, "Write an HTML report, and summary.json beside it");
  command.add_option("--max-frames", flags.max_frames, "Stop after so many packets of the sources")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace

void RegisterPipeline(CLI::App& app) {
  CLI::App* pipeline = app.add_subcommand("pipeline", "Look at an app's pipeline, run, record and replay it");
  pipeline->require_subcommand(1);
  auto flags = std::make_shared<PipelineFlags>();

  CLI::App* graph = Add(*pipeline, "graph", "Check the pipeline and show what reads what", *flags);
  graph->add_option("--format", flags->format, "text, dot (for Graphviz) or json")
      ->check(CLI::IsMember({"text", "dot", "json"}));
  OnRun(*graph, [flags] { return Run(*flags, {"--graph", flags->format}); });

  CLI::App* run = Add(*pipeline, "run", "Run the app here, without agent and hub", *flags);
  AddRunFlags(*run, *flags);
  OnRun(*run, [flags] { return Run(*flags, {"--stats"}); });

  CLI::App* record = Add(*pipeline, "record", "Run the app and record what its sources give", *flags);
  AddRunFlags(*record, *flags);
  record->add_option("-o,--out", flags->recording, "The recording")->required();
  record->add_option("--at", flags->elements, "Record what this element gives instead; may be repeated");
  OnRun(*record, [flags] {
    std::vector<std::string> more = {"--stats", "--record", flags->recording};
    for (const std::string& element : flags->elements) more.insert(more.end(), {"--record-at", element});
    return Run(*flags, more);
  });

  CLI::App* replay = Add(*pipeline, "replay", "Run the app on a recording: the same events every time", *flags);
  AddRunFlags(*replay, *flags);
  replay->add_option("RECORDING", flags->recording, "What `record` wrote")->required();
  OnRun(*replay, [flags] { return Run(*flags, {"--stats", "--replay", flags->recording}); });
}

}  // namespace verge::cli
