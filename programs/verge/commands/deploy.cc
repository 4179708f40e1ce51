#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "proto/operator.h"
#include "sys/clock/clock.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  std::string release;
  std::string group;
  bool wait = false;
  bool json = false;
  int timeout_s = 600;
};

bool IsOver(proto::DeviceState state) {
  return state == proto::DeviceState::kCommitted || state == proto::DeviceState::kRolledBack ||
         state == proto::DeviceState::kFailed;
}

// Prints a line for each device whose state changed since the last look.
void PrintChanges(const proto::Deployment& now, std::map<std::string, proto::DeviceState>& seen) {
  for (const proto::DeploymentDevice& device : now.devices) {
    const auto it = seen.find(device.device);
    if (it != seen.end() && it->second == device.state) continue;
    seen[device.device] = device.state;
    std::printf("  %s  %-12s %s\n", device.device.c_str(), proto::kDeviceStateNames[static_cast<size_t>(device.state)],
                device.detail.c_str());
    std::fflush(stdout);
  }
}

Status Outcome(const proto::Deployment& deployment) {
  std::string bad;
  for (const proto::DeploymentDevice& device : deployment.devices) {
    if (device.state == proto::DeviceState::kCommitted) continue;
    bad += "\n  " + device.device + " " + proto::kDeviceStateNames[static_cast<size_t>(device.state)] + ": " +
           device.detail;
  }
  if (bad.empty()) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     "not every device committed " + deployment.app + ":" + std::to_string(deployment.version) + bad);
}

Status WaitForEnd(Hub& hub, proto::Deployment deployment, const Options& options) {
  std::map<std::string, proto::DeviceState> seen;
  const sys::SystemClock clock;
  const int64_t until_ms = clock.MonotonicMs() + int64_t{options.timeout_s} * 1000;
  while (true) {
    if (!options.json) PrintChanges(deployment, seen);
    bool is_over = deployment.state != proto::DeploymentState::kActive;
    bool all_over = true;
    for (const proto::DeploymentDevice& device : deployment.devices) all_over = all_over && IsOver(device.state);
    is_over = is_over || all_over;
    if (is_over) break;
    if (clock.MonotonicMs() >= until_ms) {
      return VERGE_ERROR(kDeadline, "not done after " + std::to_string(options.timeout_s) +
                                        " s; it goes on without us: see `verge deployments`");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    VERGE_TRY_ASSIGN(const std::string text, hub.Get("/api/v1/deployments/" + deployment.id));
    VERGE_TRY_ASSIGN(deployment, proto::ParseDeployment(text));
  }
  if (options.json) std::puts(proto::ToJson(deployment).c_str());
  if (deployment.devices.empty() && !options.json) std::puts("  no device in this group yet; later members get it too");
  return Outcome(deployment);
}

Status Deploy(const Options& options) {
  VERGE_TRY_ASSIGN(const auto release, ParseAppVersion(options.release));
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  const proto::DeploymentRequest request{release.first, release.second, options.group};
  VERGE_TRY_ASSIGN(const std::string text, hub.Post("/api/v1/deployments", proto::ToJson(request)));
  VERGE_TRY_ASSIGN(proto::Deployment deployment, proto::ParseDeployment(text));
  if (!options.json) {
    std::printf("deployment %s: %s to group %s\n", deployment.id.c_str(), options.release.c_str(),
                options.group.c_str());
  }
  if (options.wait) return WaitForEnd(hub, std::move(deployment), options);
  if (options.json) std::puts(text.c_str());
  return Status::Ok();
}

}  // namespace

void RegisterDeploy(CLI::App& app) {
  CLI::App* command = app.add_subcommand("deploy", "Make a release the desired version of a group");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_option("release", options->release, "APP:VERSION")->required();
  command->add_option("--group", options->group, "Group of devices")->required();
  command->add_flag("--wait", options->wait, "Show progress until every device is done; fails unless all committed");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait at most")->capture_default_str();
  command->add_flag("--json", options->json, "The deployment as JSON");
  OnRun(*command, [options] { return Deploy(*options); });
}

}  // namespace verge::cli
