// Signing keys for commands: which files, and where their passphrases come from.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "base/status.h"
#include "tuf/verify.h"

namespace verge::cli {

// --passphrase-file, else VERGE_PASSPHRASE_FILE, else a question on the terminal.
struct PassphraseOptions {
  std::string file;
};
void AddPassphraseOption(CLI::App& command, PassphraseOptions& options);

// `what` is shown in the question. kFailedPrecondition: there is neither a file nor a terminal.
Result<std::string> AskPassphrase(const PassphraseOptions& options, const std::string& what);
// The same for a new key: asked twice on a terminal; at least 8 bytes.
Result<std::string> AskNewPassphrase(const PassphraseOptions& options, const std::string& what);

// --key, as often as wanted: key files, or keys inside a security token (pkcs11:..., sys/token/token.h), whose PIN
// takes the place of the passphrase.
struct SigningKeyOptions {
  std::vector<std::string> files;
  PassphraseOptions passphrase;
};
void AddSigningKeyOptions(CLI::App& command, SigningKeyOptions& options);
Result<std::vector<tuf::Signer>> OpenSigningKeys(const SigningKeyOptions& options);

}  // namespace verge::cli
