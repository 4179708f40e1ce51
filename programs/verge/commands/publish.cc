#include <cstdio>
#include <memory>
#include <string>

#include "format/package/layout.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/passphrase.h"
#include "verge/fleet/push.h"

namespace verge::cli {

void RegisterPublish(CLI::App& app) {
  CLI::App* command = app.add_subcommand("publish", "Sign a package, push it into the hub, register it as a release");
  struct Options {
    HubOptions hub;
    std::string layout;
    SigningKeyOptions keys;
  };
  const auto options = std::make_shared<Options>();
  AddHubOptions(*command, options->hub);
  command->add_option("layout", options->layout, "Package folder that `verge pack` wrote")->required();
  AddSigningKeyOptions(*command, options->keys);
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(package::Layout layout, package::ReadLayout(options->layout));
    VERGE_TRY_ASSIGN(const std::vector<sys::Ed25519KeyPair> keys, OpenSigningKeys(options->keys));
    for (const sys::Ed25519KeyPair& key : keys) VERGE_TRY(package::SignLayout(layout, key).status());
    if (layout.signatures.empty()) {
      return VERGE_ERROR(kFailedPrecondition, options->layout + ": not signed; give --key publisher.key");
    }
    VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options->hub));
    const std::string name = layout.manifest.app + ":" + std::to_string(layout.manifest.version);
    std::printf("publishing %s\n", name.c_str());
    VERGE_TRY(PushLayout(hub, layout));
    std::printf("published %s as %s\n", name.c_str(), layout.descriptor.digest.c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
