#include <cstdio>
#include <memory>
#include <string>

#include "proto/operator.h"
#include "sys/http/client.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  std::string group;
  bool json = false;
};

Result<proto::DeviceList> AllDevices(Hub& hub, const std::string& group) {
  proto::DeviceList all;
  std::string after;
  while (true) {
    std::string target = "/api/v1/devices?limit=500";
    if (!group.empty()) target += "&group=" + sys::http::EncodeComponent(group);
    if (!after.empty()) target += "&after=" + sys::http::EncodeComponent(after);
    VERGE_TRY_ASSIGN(const std::string text, hub.Get(target));
    VERGE_TRY_ASSIGN(proto::DeviceList page, proto::ParseDeviceList(text));
    for (proto::Device& device : page.devices) all.devices.push_back(std::move(device));
    if (!page.next || *page.next == after) return all;
    after = *page.next;
  }
}

std::string ShowApps(const proto::Device& device) {
  std::string out;
  if (!device.reported) return "-";
  for (const proto::ReportedApp& app : device.reported->apps) {
    if (!out.empty()) out += ' ';
    out += app.app + ":" + std::to_string(app.running_version) + (app.healthy ? "" : "(unhealthy)");
  }
  return out.empty() ? "-" : out;
}

Status ShowDevices(const Options& options) {
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  VERGE_TRY_ASSIGN(const proto::DeviceList list, AllDevices(hub, options.group));
  if (options.json) {
    std::puts(proto::ToJson(list).c_str());
    return Status::Ok();
  }
  Table table({"DEVICE", "NAME", "GROUP", "ONLINE", "LAST SEEN (UTC)", "APPS", "EVENTS", "WAITING"});
  for (const proto::Device& device : list.devices) {
    table.Add({device.id, device.name, device.group, device.online ? "yes" : "no",
               ShowTime(device.last_seen.value_or(0)), ShowApps(device), std::to_string(device.events),
               device.reported ? std::to_string(device.reported->outbox.pending) : "-"});
  }
  table.Print();
  return Status::Ok();
}

}  // namespace

void RegisterDevices(CLI::App& app) {
  CLI::App* command = app.add_subcommand("devices", "List devices and what runs on them");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_option("--group", options->group, "Only this group");
  command->add_flag("--json", options->json, "As JSON");
  OnRun(*command, [options] { return ShowDevices(*options); });
}

}  // namespace verge::cli
