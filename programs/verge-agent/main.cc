// verge-agent: the daemon of a device. Flags only; src/agent does the work.
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/enrol.h"
#include "agent/status.h"

namespace verge {
namespace {

// verge-runner beside this program, wherever that was installed.
std::string DefaultRunner() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "verge-runner" : (self.parent_path() / "verge-runner").string();
}

struct Flags {
  agent::EnrolOptions enrol;
  agent::AgentOptions run;
  std::vector<std::string> params;
  std::string pcrs = "0,2,4,7";
  std::string state_dir;
  bool json = false;
  int slow_after_s = 60;
};

Status RunEnrol(Flags& flags) {
  flags.enrol.state_dir = flags.state_dir;
  VERGE_TRY_ASSIGN(flags.enrol.protection.pcrs, agent::ParsePcrs(flags.pcrs));
  VERGE_TRY_ASSIGN(const agent::Identity identity, agent::Enrol(flags.enrol));
  std::printf("enrolled as %s in group %s\n", identity.device_id.c_str(), identity.group.c_str());
  return Status::Ok();
}

Status RunDaemon(Flags& flags) {
  flags.run.state_dir = flags.state_dir;
  flags.run.version = VERGE_VERSION;
  flags.run.slow_after_ms = int64_t{flags.slow_after_s} * 1000;
  if (flags.run.runner_path.empty()) flags.run.runner_path = DefaultRunner();
  for (const std::string& param : flags.params) VERGE_TRY(agent::AddParam(flags.run.params, param));
  return agent::RunAgent(flags.run);
}

Status RunStatus(const Flags& flags) {
  VERGE_TRY_ASSIGN(const std::string text, agent::DescribeState(agent::StatePaths(flags.state_dir), flags.json));
  std::puts(text.c_str());
  return Status::Ok();
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Keeps the apps of a device running and up to date.", "verge-agent");
  app.require_subcommand(1);
  app.set_version_flag("--version", "verge-agent " VERGE_VERSION);
  Flags flags;
  Status outcome;
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_option("--state", flags.state_dir, "Folder that holds everything this device knows")->required();
    return command;
  };
  CLI::App* enrol = add("enrol", "Join a hub with a one-time token");
  enrol->add_option("--hub", flags.enrol.hub, "https://host:port")->required();
  enrol->add_option("--token", flags.enrol.token, "From `verge enrol-token`")->required();
  enrol->add_option("--root", flags.enrol.root,
                    "The publisher's root.json: whose releases this device takes; not needed when the token names it");
  enrol->add_option("--name", flags.enrol.name, "Name for people; default: the host's");
  enrol->add_option("--tpm", flags.enrol.protection.tcti, "Keep the key in this TPM 2.0, e.g. device:/dev/tpmrm0");
  enrol->add_option("--pcrs", flags.pcrs, "With --tpm: PCRs that must be as now for the key to open (0,2,4,7)");
  enrol->callback([&] { outcome = RunEnrol(flags); });
  CLI::App* run = add("run", "Run until SIGTERM");
  run->add_option("--runner", flags.run.runner_path, "The verge-runner program; default: beside this one");
  run->add_option("--param", flags.params, "APP.NAME=VALUE: a parameter of an app, over agent.yaml");
  run->add_option("--slow-after", flags.slow_after_s,
                  "Seconds after which an answer that trickles is given up and asked for again")
      ->check(CLI::Range(1, 3600));
  run->add_option("--fault", flags.run.fault,
                  "For tests: before:N or after:N kills this process at the Nth durable write");
  run->callback([&] { outcome = RunDaemon(flags); });
  CLI::App* status = add("status", "Show what is installed, updating and waiting");
  status->add_flag("--json", flags.json, "As JSON");
  status->callback([&] { outcome = RunStatus(flags); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (outcome.ok()) return 0;
  std::fprintf(stderr, "verge-agent: %s\n", outcome.ToString().c_str());
  return 1;
}

}  // namespace
}  // namespace verge

int main(int argc, char** argv) { return verge::Main(argc, argv); }
