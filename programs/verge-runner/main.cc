// verge-runner: executes one app: `--app DIR` runs it, `--prove DIR` checks that it works on this machine.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include "runner/run/prove.h"
#include "runner/run/run_app.h"
#include "runner/run/test_rules.h"

namespace verge::runner {
namespace {

constexpr int kUnhealthy = 3;

int Fail(const Status& status) {
  std::fprintf(stderr, "verge-runner: %s\n", status.ToString().c_str());
  return 1;
}

int Print(const Result<std::string>& text) {
  if (!text.ok()) return Fail(text.status());
  std::fputs(text->c_str(), stdout);
  return 0;
}

int RunProve(const std::string& dir) {
  const Result<proto::ProveReport> report = Prove(dir);
  if (!report.ok()) return Fail(report.status());
  std::printf("%s\n", proto::ToJson(*report).c_str());
  return report->healthy ? 0 : kUnhealthy;
}

int Main(int argc, char** argv) {
  CLI::App cli("Executes one app of a device: its pipeline, models and rules.", "verge-runner");
  RunOptions options;
  std::string prove_dir;
  std::vector<std::string> params;
  auto* app = cli.add_option("--app", options.app_dir, "Folder of the app to run");
  auto* prove =
      cli.add_option("--prove", prove_dir,
                     "Check files, golden vectors and latency of the app in this folder; exit status 3: unhealthy");
  app->excludes(prove);
  cli.add_option("--data", options.data_dir, "Folder for alerts.jsonl and report.html");
  cli.add_option("--agent-fd", options.agent_fd, "Descriptor of the socket to the agent")
      ->check(CLI::Range(3, 1 << 20));
  cli.add_option("--param", params, "name=value for a parameter of app.yaml; may be repeated");
  cli.add_option("--events", options.events_path, "Write every event to this file, a JSON line each");
  cli.add_option("--report", options.report_path, "Write an HTML report, and summary.json beside it");
  cli.add_option("--max-frames", options.max_frames, "Stop after so many frames")->check(CLI::NonNegativeNumber);
  cli.add_option("--capture", options.capture_dir, "Keep what models read in this folder, MODEL/000000.npz ...");
  cli.add_option("--capture-limit", options.capture_limit, "End after so many runs of a model were kept; 0: never");
  auto* record = cli.add_option("--record", options.record_path, "Record what the sources give in this file");
  cli.add_option("--record-at", options.record_elements, "Record what this element gives instead; may be repeated")
      ->needs(record);
  cli.add_option("--replay", options.replay_path, "Play this recording in place of the sources; the same every time");
  cli.add_flag("--stats", options.shows_stats, "Print a table of the elements at the end");
  std::string graph;
  cli.add_option("--graph", graph, "Check the pipeline, print it as text, dot or json, and end")
      ->check(CLI::IsMember({"text", "dot", "json"}))
      ->needs(app);
  TestRulesOptions rules;
  cli.add_option("--test-rules", rules.rules_path, "Show what these rules make of the recording in --replay");
  cli.add_option("--expect", rules.expect_path, "With --test-rules: lines `MS RULE` that must fire, and nothing else");
  cli.add_option("--learn-monitors", options.learn_path,
                 "Learn what is normal from this run and write it here, as `monitors` of app.yaml");
  bool wants_policy = false;
  bool has_no_sandbox = false;
  cli.add_flag("--explain-policy", wants_policy, "Print what the sandbox of such a run allows, and end")->needs(app);
  cli.add_flag("--no-sandbox", has_no_sandbox, "Run unrestricted, for debugging");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? 0 : 2;
  }
  if (!prove_dir.empty()) return RunProve(prove_dir);
  if (!rules.rules_path.empty()) {
    rules.recording_path = options.replay_path;
    rules.is_sandboxed = !has_no_sandbox;
    return Print(TestRules(rules));
  }
  if (options.app_dir.empty()) {
    std::fprintf(stderr, "verge-runner: expected --app DIR or --prove DIR; --help lists the options\n");
    return 2;
  }
  for (const std::string& param : params) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos) {
      std::fprintf(stderr, "verge-runner: --param: expected name=value, got \"%s\"\n", param.c_str());
      return 2;
    }
    options.params[param.substr(0, equals)] = param.substr(equals + 1);
  }
  if (wants_policy) return Print(ExplainPolicy(options));
  if (!graph.empty()) {
    const GraphFormat format = graph == "dot"    ? GraphFormat::kDot
                               : graph == "json" ? GraphFormat::kJson
                                                 : GraphFormat::kText;
    return Print(ExplainGraph(options, format));
  }
  options.is_sandboxed = !has_no_sandbox;
  const Status status = RunApp(options);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace verge::runner

int main(int argc, char** argv) { return verge::runner::Main(argc, argv); }
