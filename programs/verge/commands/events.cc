#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "proto/operator.h"
#include "sys/http/client.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options {
  HubOptions hub;
  std::string device;
  std::string app;
  std::string kind;
  std::string after;
  int limit = 100;
  bool follow = false;
  bool json = false;
};

std::string Target(const Options& options, const std::string& after) {
  std::string out = "/api/v1/events?limit=" + std::to_string(options.limit);
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{"device", options.device},
                                    {"app", options.app},
                                    {"kind", options.kind},
                                    {"after", after}}) {
    if (!value.empty()) out += "&" + std::string(name) + "=" + sys::http::EncodeComponent(value);
  }
  return out;
}

std::vector<std::string> Row(const proto::HubEvent& e) {
  return {ShowTime(e.event.time_ms),
          e.device,
          e.event.app + ":" + std::to_string(e.event.version),
          proto::kPriorityNames[static_cast<size_t>(e.event.priority)],
          e.event.kind,
          std::to_string(e.event.epoch) + "." + std::to_string(e.event.seq),
          e.event.data.text()};
}

// With --follow, a hub that went away is asked again, ever more slowly. The first question must succeed: an address
// with a mistake in it never will.
Result<std::string> GetPatiently(Hub& hub, const std::string& target, bool is_patient) {
  constexpr int kLongestWaitS = 30;
  for (int wait_s = 1;; wait_s = std::min(2 * wait_s, kLongestWaitS)) {
    Result<std::string> text = hub.Get(target);
    const bool is_lasting = text.code() != StatusCode::kUnavailable && text.code() != StatusCode::kDeadline;
    if (text.ok() || !is_patient || is_lasting) return text;
    std::fprintf(stderr, "verge: %s; trying again in %d s\n", text.status().ToString().c_str(), wait_s);
    std::this_thread::sleep_for(std::chrono::seconds(wait_s));
  }
}

Status ShowEvents(const Options& options) {
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  std::string after = options.after;
  for (bool is_first = true;; is_first = false) {
    VERGE_TRY_ASSIGN(const std::string text, GetPatiently(hub, Target(options, after), options.follow && !is_first));
    VERGE_TRY_ASSIGN(const proto::HubEventList list, proto::ParseHubEventList(text));
    if (options.json && !options.follow) {
      std::puts(text.c_str());
      return Status::Ok();
    }
    if (options.json) {
      for (const proto::HubEvent& event : list.events) std::puts(proto::ToJson(event).c_str());
    } else if (after.empty() || !list.events.empty()) {
      Table table({"TIME (UTC)", "DEVICE", "APP", "PRIORITY", "KIND", "NUMBER", "DATA"});
      for (const proto::HubEvent& event : list.events) table.Add(Row(event));
      table.Print();
    }
    std::fflush(stdout);
    if (!options.follow) return Status::Ok();
    after = list.next;
    if (list.events.empty()) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

void RegisterEvents(CLI::App& app) {
  CLI::App* command = app.add_subcommand("events", "Show what apps reported, newest last");
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_option("--device", options->device, "Only this device");
  command->add_option("--app", options->app, "Only this app");
  command->add_option("--kind", options->kind, "Only this kind");
  command->add_option("--after", options->after,
                      "Only what follows this cursor (\"next\" of an answer; 0: from the first)");
  command->add_option("--limit", options->limit, "How many at once")->capture_default_str();
  command->add_flag("-f,--follow", options->follow, "Go on with new ones until interrupted");
  command->add_flag("--json", options->json, "As JSON; with --follow one event a line");
  OnRun(*command, [options] { return ShowEvents(*options); });
}

}  // namespace verge::cli
