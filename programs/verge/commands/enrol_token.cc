#include <cstdio>
#include <memory>
#include <string>

#include "proto/operator.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"

namespace verge::cli {

void RegisterEnrolToken(CLI::App& app) {
  CLI::App* command = app.add_subcommand("enrol-token", "Make a token that lets a device join a group");
  struct Options {
    HubOptions hub;
    proto::EnrolmentTokenRequest request;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_option("--group", options->request.group, "Group that the device joins")->required();
  command->add_option("--uses", options->request.uses, "How many devices may use it")->capture_default_str();
  command->add_option("--ttl", options->request.ttl_s, "Seconds until it expires")->capture_default_str();
  command->add_flag("--json", options->json, "Token and expiry as JSON");
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options->hub));
    VERGE_TRY_ASSIGN(const std::string text, hub.Post("/api/v1/enrolment-tokens", proto::ToJson(options->request)));
    VERGE_TRY_ASSIGN(const proto::EnrolmentToken token, proto::ParseEnrolmentToken(text));
    std::puts(options->json ? text.c_str() : token.token.c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
