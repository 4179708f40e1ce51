#include <cstdio>
#include <memory>

#include "verge/command.h"
#include "verge/fleet/hub.h"

namespace verge::cli {

void RegisterLogin(CLI::App& app) {
  CLI::App* command = app.add_subcommand("login", "Remember a hub, its CA and your token for later commands");
  const auto options = std::make_shared<HubOptions>();
  AddHubOptions(*command, *options);
  command->add_option("url", options->url, "URL of the hub, the same as --hub");
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(const HubProfile profile, ResolveHub(*options));
    VERGE_TRY_ASSIGN(Hub hub, Hub::Open(profile));
    VERGE_TRY(hub.Get("/api/v1/groups").status());  // proves that the token is accepted
    VERGE_TRY(WriteProfile(profile));
    VERGE_TRY_ASSIGN(const std::string path, ProfilePath());
    std::printf("logged in to %s (saved in %s)\n", profile.url.c_str(), path.c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
