#include <cstdio>
#include <memory>
#include <string>

#include "format/package/layout.h"
#include "verge/command.h"
#include "verge/fleet/passphrase.h"

namespace verge::cli {

void RegisterSign(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("sign", "Sign a package with a publisher key (`verge publish --key` does it too)");
  struct Options {
    std::string layout;
    SigningKeyOptions keys;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("layout", options->layout, "Package folder that `verge pack` wrote")->required();
  AddSigningKeyOptions(*command, options->keys);
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(const std::vector<sys::Ed25519KeyPair> keys, OpenSigningKeys(options->keys));
    VERGE_TRY_ASSIGN(package::Layout layout, package::ReadLayout(options->layout));
    for (const sys::Ed25519KeyPair& key : keys) {
      VERGE_TRY(package::SignLayout(layout, key).status());
      std::printf("signed %s:%lld with key %s\n", layout.manifest.app.c_str(),
                  static_cast<long long>(layout.manifest.version), package::KeyId(key.public_key).c_str());
    }
    return Status::Ok();
  });
}

}  // namespace verge::cli
