#include <cstdio>
#include <memory>
#include <string>

#include "format/package/layout.h"
#include "verge/command.h"

namespace verge::cli {

void RegisterSign(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("sign", "Sign a package with a publisher key (`verge publish --key` does it too)");
  struct Options {
    std::string layout;
    std::string key;
  };
  const auto options = std::make_shared<Options>();
  command->add_option("layout", options->layout, "Package folder that `verge pack` wrote")->required();
  command->add_option("--key", options->key, "Publisher key file (.key)")->required();
  OnRun(*command, [options]() -> Status {
    VERGE_TRY_ASSIGN(const sys::Ed25519KeyPair key, package::ReadSecretKeyFile(options->key));
    VERGE_TRY_ASSIGN(package::Layout layout, package::ReadLayout(options->layout));
    VERGE_TRY(package::SignLayout(layout, key).status());
    std::printf("signed %s:%lld with key %s\n", layout.manifest.app.c_str(),
                static_cast<long long>(layout.manifest.version), package::KeyId(key.public_key).c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
