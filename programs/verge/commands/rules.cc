// verge rules: try rules before they go to a device.
#include <memory>
#include <string>
#include <vector>

#include "verge/command.h"
#include "verge/run_runner.h"

namespace verge::cli {
namespace {

struct RulesFlags {
  std::string rules;
  std::string recording;
  std::string expect;
};

}  // namespace

void RegisterRules(CLI::App& app) {
  CLI::App* rules = app.add_subcommand("rules", "Try rules before they go to a device");
  rules->require_subcommand(1);
  CLI::App* test = rules->add_subcommand("test", "Show what a file of rules makes of a recording");
  auto flags = std::make_shared<RulesFlags>();
  test->add_option("RULES", flags->rules, "rules.yaml")->required();
  test->add_option("--replay", flags->recording, "What `verge pipeline record` wrote")->required();
  test->add_option("--expect", flags->expect, "Lines `MS RULE` that must fire, in order and nothing else");
  OnRun(*test, [flags] {
    std::vector<std::string> arguments = {"--test-rules", flags->rules, "--replay", flags->recording};
    if (!flags->expect.empty()) arguments.insert(arguments.end(), {"--expect", flags->expect});
    return RunRunner(std::move(arguments));
  });
}

}  // namespace verge::cli
