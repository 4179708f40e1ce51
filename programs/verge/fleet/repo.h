// What the subcommands of `verge repo` share: options of a change, the hub's online keys, signing, and what is missing.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

#include "base/status.h"
#include "tuf/folder.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/passphrase.h"

namespace verge::cli {

inline constexpr int kDefaultDays = 365;

// --repo of a command that needs a repository beside other things; otherwise VERGE_REPO.
struct RepoPlace {
  std::string dir;
};
void AddRepoPlace(CLI::App& command, RepoPlace& place);
// kInvalidArgument: neither is given.
Result<std::string> DirOf(const RepoPlace& place);

// DIR, --days, --key and --passphrase-file of a subcommand that changes a repository.
struct RepoOptions {
  std::string dir;
  int days = kDefaultDays;
  SigningKeyOptions keys;
};
void AddRepoOptions(CLI::App& command, RepoOptions& options);
// Now and so many days.
int64_t ExpiryOf(const RepoOptions& options);

// The keys of the roles that a hub signs for, from the hub itself or from a file with its answer.
struct OnlineKeys {
  tuf::Key timestamp, snapshot, director;
};
Result<OnlineKeys> FetchOnlineKeys(const HubOptions& options);
Result<OnlineKeys> ReadOnlineKeys(const std::string& path);
// Replaces the three online roles of a root, each by one key.
void SetOnlineRoles(const OnlineKeys& keys, tuf::Root& root);

// Adds a key to a role of a document; once more changes nothing.
void AddToRole(const tuf::Key& key, tuf::Keys& keys, tuf::Role& role);
// The public key of a .key or .pub file, or of a security token (pkcs11:...).
Result<tuf::Key> ReadPublicKey(const std::string& path);
// Drops keys that no role of the root names.
void DropUnusedKeys(tuf::Root& root);

// Signs with all given keys and says what was signed and what is still missing.
Status SignFolder(tuf::Folder& folder, const SigningKeyOptions& options);
// Sends the repository to the hub.
Status PushFolder(Hub& hub, const tuf::Folder& folder);

}  // namespace verge::cli
