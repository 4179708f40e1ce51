#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "proto/operator.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  bool json = false;
};

Status ShowDeployments(const Options& options) {
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  VERGE_TRY_ASSIGN(const std::string text, hub.Get("/api/v1/deployments"));
  if (options.json) {
    std::puts(text.c_str());
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(const proto::DeploymentList list, proto::ParseDeploymentList(text));
  Table table({"DEPLOYMENT", "RELEASE", "GROUP", "CREATED (UTC)", "STATE", "DEVICE", "DEVICE STATE", "DETAIL"});
  for (const proto::Deployment& d : list.deployments) {
    const std::vector<std::string> head = {d.id, d.app + ":" + std::to_string(d.version), d.group,
                                           ShowTime(d.created_at),
                                           proto::kDeploymentStateNames[static_cast<size_t>(d.state)]};
    for (size_t i = 0; i < std::max<size_t>(1, d.devices.size()); ++i) {
      std::vector<std::string> row = i == 0 ? head : std::vector<std::string>(head.size());
      if (i < d.devices.size()) {
        const proto::DeploymentDevice& device = d.devices[i];
        row.insert(row.end(),
                   {device.device, proto::kDeviceStateNames[static_cast<size_t>(device.state)], device.detail});
      }
      table.Add(std::move(row));
    }
  }
  table.Print();
  return Status::Ok();
}

}  // namespace

void RegisterDeployments(CLI::App& app) {
  CLI::App* command = app.add_subcommand("deployments", "List deployments and how far each device is");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_flag("--json", options->json, "The hub's answer as it is");
  OnRun(*command, [options] { return ShowDeployments(*options); });
}

}  // namespace verge::cli
