#include <cstdio>
#include <memory>
#include <string>

#include "format/package/signature.h"
#include "sys/crypto/sign.h"
#include "verge/command.h"

namespace verge::cli {

void RegisterKeys(CLI::App& app) {
  CLI::App* keys = app.add_subcommand("keys", "Publisher keys: who may release an app");
  keys->require_subcommand(1);
  CLI::App* make = keys->add_subcommand("new", "Make a key pair: STEM.key (keep it secret) and STEM.pub");
  const auto stem = std::make_shared<std::string>();
  make->add_option("-o,--out", *stem, "Path without ending, for example publisher")->required();
  OnRun(*make, [stem]() -> Status {
    const sys::Ed25519KeyPair pair = sys::GenerateEd25519();
    VERGE_TRY(package::WriteKeyFiles(*stem, pair));
    std::printf("wrote %s.key (secret) and %s.pub\nkeyid %s\n", stem->c_str(), stem->c_str(),
                package::KeyId(pair.public_key).c_str());
    return Status::Ok();
  });
}

}  // namespace verge::cli
