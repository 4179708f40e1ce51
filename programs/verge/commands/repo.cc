// verge repo: the publisher's repository (docs/formats/tuf.md). Each subcommand is one change, signed with the keys
// given.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proto/json.h"
#include "sys/clock/clock.h"
#include "verge/command.h"
#include "verge/fleet/hub.h"
#include "verge/fleet/repo.h"
#include "verge/fleet/table.h"

namespace verge::cli {
namespace {

struct Options : RepoOptions {
  HubOptions hub;
  std::string online_file;
  std::vector<std::string> root_keys, targets_keys, role_keys;
  int root_threshold = 1, targets_threshold = 1, role_threshold = 1;
  std::string role, old_keyid, new_key, release;
  std::vector<std::string> paths, prefixes;
  bool terminating = false, remove = false, json = false;
};

Result<OnlineKeys> OnlineKeysOf(const Options& options) {
  return options.online_file.empty() ? FetchOnlineKeys(options.hub) : ReadOnlineKeys(options.online_file);
}

Status FillRole(const std::vector<std::string>& files, int threshold, const char* name, tuf::Keys& keys,
                tuf::Role& role) {
  for (const std::string& file : files) {
    VERGE_TRY_ASSIGN(const tuf::Key key, ReadPublicKey(file));
    AddToRole(key, keys, role);
  }
  role.threshold = threshold;
  if (role.threshold <= static_cast<int64_t>(role.keyids.size())) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, std::string(name) + ": a threshold of " + std::to_string(threshold) +
                                           " needs as many keys, got " + std::to_string(role.keyids.size()));
}

Status Init(const Options& options) {
  std::vector<std::string> root_keys = options.root_keys;
  std::vector<std::string> targets_keys = options.targets_keys;
  if (root_keys.empty()) root_keys = options.keys.files;
  if (targets_keys.empty()) targets_keys = options.keys.files;
  if (root_keys.empty() || targets_keys.empty()) {
    return VERGE_ERROR(kInvalidArgument, "no key: give --key publisher.key, or --root-key and --targets-key");
  }
  tuf::Root root;
  VERGE_TRY(FillRole(root_keys, options.root_threshold, "--root-threshold", root.keys, root.root));
  VERGE_TRY(FillRole(targets_keys, options.targets_threshold, "--targets-threshold", root.keys, root.targets));
  VERGE_TRY_ASSIGN(const OnlineKeys online, OnlineKeysOf(options));
  SetOnlineRoles(online, root);
  const int64_t expires_ms = ExpiryOf(options);
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Create(options.dir, root, expires_ms, expires_ms));
  VERGE_TRY(SignFolder(folder, options.keys));
  std::printf("made %s; give %s/root.json to devices (verge-agent enrol --root, or verge enrol-token --repo)\n",
              options.dir.c_str(), options.dir.c_str());
  return Status::Ok();
}

// A new root with the same roles: a later expiry, or other thresholds.
Status RenewRoot(const Options& options) {
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(options.dir));
  tuf::Root root = folder.root();
  VERGE_TRY(FillRole(options.root_keys, options.root_threshold > 0 ? options.root_threshold : int(root.root.threshold),
                     "--root-threshold", root.keys, root.root));
  VERGE_TRY(FillRole(options.targets_keys,
                     options.targets_threshold > 0 ? options.targets_threshold : int(root.targets.threshold),
                     "--targets-threshold", root.keys, root.targets));
  VERGE_TRY(folder.SetRoot(root, ExpiryOf(options)));
  return SignFolder(folder, options.keys);
}

// The key id that begins with what was given.
Result<std::string> FindKeyId(const tuf::Role& role, const std::string& beginning) {
  std::string found;
  for (const std::string& keyid : role.keyids) {
    if (!keyid.starts_with(beginning)) continue;
    if (!found.empty()) return VERGE_ERROR(kInvalidArgument, "--old " + beginning + ": more than one key begins so");
    found = keyid;
  }
  if (found.empty()) return VERGE_ERROR(kNotFound, "--old " + beginning + ": the role has no key that begins so");
  return found;
}

Status ReplaceKey(const Options& options, tuf::Keys& keys, tuf::Role& role) {
  VERGE_TRY_ASSIGN(const tuf::Key fresh, ReadPublicKey(options.new_key));
  if (options.old_keyid.empty() && role.keyids.size() > 1) {
    return VERGE_ERROR(kInvalidArgument, "the role has several keys: say with --old KEYID which one goes");
  }
  VERGE_TRY_ASSIGN(const std::string old, FindKeyId(role, options.old_keyid));
  std::erase(role.keyids, old);
  AddToRole(fresh, keys, role);
  return Status::Ok();
}

Status Rotate(const Options& options) {
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(options.dir));
  tuf::Root root = folder.root();
  const bool is_online = options.role == "online";
  if (!is_online && options.new_key.empty()) return VERGE_ERROR(kInvalidArgument, "--new FILE.pub is missing");
  if (is_online) {
    VERGE_TRY_ASSIGN(const OnlineKeys online, OnlineKeysOf(options));
    SetOnlineRoles(online, root);
  } else {
    VERGE_TRY(ReplaceKey(options, root.keys, options.role == "root" ? root.root : root.targets));
  }
  DropUnusedKeys(root);
  VERGE_TRY(folder.SetRoot(root, ExpiryOf(options)));
  if (options.role == "targets") {  // what the old key signed needs the new one's signature
    VERGE_TRY_ASSIGN(tuf::Targets targets, folder.role("targets"));
    VERGE_TRY(folder.SetRole("targets", std::move(targets), ExpiryOf(options)));
  }
  return SignFolder(folder, options.keys);
}

Status Delegate(const Options& options) {
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(options.dir));
  VERGE_TRY_ASSIGN(tuf::Targets targets, folder.role("targets"));
  const size_t before = targets.delegations.size();
  std::erase_if(targets.delegations, [&](const tuf::Delegation& d) { return d.name == options.role; });
  if (options.remove && targets.delegations.size() == before) {
    return VERGE_ERROR(kNotFound, "there is no role " + options.role);
  }
  if (!options.remove) {
    if (!tuf::IsRoleName(options.role)) {
      return VERGE_ERROR(kInvalidArgument, options.role + ": a role has letters, digits, . _ - and no top-level name");
    }
    if (options.paths.empty() == options.prefixes.empty()) {
      return VERGE_ERROR(kInvalidArgument, "give either --path or --hash-prefix: what the role may publish");
    }
    tuf::Delegation delegation;
    delegation.name = options.role;
    delegation.paths = options.paths;
    delegation.path_hash_prefixes = options.prefixes;
    delegation.terminating = options.terminating;
    VERGE_TRY(FillRole(options.role_keys, options.role_threshold, "--threshold", targets.keys, delegation.role));
    targets.delegations.push_back(std::move(delegation));
  }
  VERGE_TRY(folder.SetRole("targets", std::move(targets), ExpiryOf(options)));
  const std::vector<std::string> names = folder.role_names();
  const bool has_published = std::find(names.begin(), names.end(), options.role) != names.end();
  if (has_published && !options.remove) {  // under other keys now, perhaps
    VERGE_TRY_ASSIGN(tuf::Targets role, folder.role(options.role));
    VERGE_TRY(folder.SetRole(options.role, std::move(role), ExpiryOf(options)));
  }
  return SignFolder(folder, options.keys);
}

Status Withdraw(const Options& options) {
  VERGE_TRY_ASSIGN(const auto release, ParseAppVersion(options.release));
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(options.dir));
  VERGE_TRY_ASSIGN(tuf::Targets targets, folder.role(options.role));
  if (targets.targets.erase(release.first + "/" + std::to_string(release.second)) == 0) {
    return VERGE_ERROR(kNotFound, "role " + options.role + " has not published " + options.release);
  }
  VERGE_TRY(folder.SetRole(options.role, std::move(targets), ExpiryOf(options)));
  return SignFolder(folder, options.keys);
}

Status Sign(const Options& options) {
  if (options.keys.files.empty()) return VERGE_ERROR(kInvalidArgument, "no key: give --key FILE.key");
  VERGE_TRY_ASSIGN(tuf::Folder folder, tuf::Folder::Open(options.dir));
  return SignFolder(folder, options.keys);
}

Status Push(const Options& options) {
  VERGE_TRY_ASSIGN(const tuf::Folder folder, tuf::Folder::Open(options.dir));
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options.hub));
  VERGE_TRY(PushFolder(hub, folder));
  std::printf("the hub has root %lld and what it signs for\n", static_cast<long long>(folder.root().version));
  return Status::Ok();
}

std::string StateText(const tuf::Folder::State& state, int64_t now_ms) {
  if (state.expires_ms <= now_ms) return "EXPIRED";
  return state.is_complete ? "complete" : "lacks " + state.lacks;
}

Status ShowStatus(const Options& options) {
  VERGE_TRY_ASSIGN(const tuf::Folder folder, tuf::Folder::Open(options.dir));
  const int64_t now_ms = sys::SystemClock().WallMs();
  Table table({"DOCUMENT", "VERSION", "EXPIRES", "SIGNED", "STATE"});
  nlohmann::json json = nlohmann::json::array();
  for (const tuf::Folder::State& state : folder.States()) {
    table.Add({state.document, std::to_string(state.version), tuf::FormatTime(state.expires_ms),
               std::to_string(state.signers) + " of " + std::to_string(state.threshold), StateText(state, now_ms)});
    json.push_back({{"document", state.document},
                    {"version", state.version},
                    {"expires", tuf::FormatTime(state.expires_ms)},
                    {"signers", state.signers},
                    {"threshold", state.threshold},
                    {"complete", state.is_complete},
                    {"expired", state.expires_ms <= now_ms}});
  }
  if (options.json) {
    std::puts(proto::DumpJson({{"documents", json}}).c_str());
  } else {
    table.Print();
  }
  return Status::Ok();
}

void AddOnlineOptions(CLI::App& command, Options& options) {
  AddHubOptions(command, options.hub);
  command.add_option("--online", options.online_file,
                     "File with the hub's online keys (the answer of /api/v1/repository/keys) instead of asking it");
}

void RegisterRootCommands(CLI::App& repo, const std::shared_ptr<Options>& options) {
  CLI::App* init = repo.add_subcommand("init", "Make a repository: root and targets are yours, the rest is the hub's");
  AddRepoOptions(*init, *options);
  AddOnlineOptions(*init, *options);
  init->add_option("--root-key", options->root_keys, "Key file of role root (.pub or .key); default: --key");
  init->add_option("--root-threshold", options->root_threshold, "How many of them must sign")->capture_default_str();
  init->add_option("--targets-key", options->targets_keys, "Key file of role targets; default: --key");
  init->add_option("--targets-threshold", options->targets_threshold, "How many of them must sign")
      ->capture_default_str();
  OnRun(*init, [options] { return Init(*options); });
  CLI::App* root = repo.add_subcommand("root", "Make the next root: a later expiry, more keys, other thresholds");
  AddRepoOptions(*root, *options);
  root->add_option("--add-root-key", options->root_keys, "Key file to add to role root");
  root->add_option("--root-threshold", options->root_threshold, "New threshold of role root");
  root->add_option("--add-targets-key", options->targets_keys, "Key file to add to role targets");
  root->add_option("--targets-threshold", options->targets_threshold, "New threshold of role targets");
  OnRun(*root, [options, root] {
    if (root->count("--root-threshold") == 0) options->root_threshold = 0;  // stays as it is
    if (root->count("--targets-threshold") == 0) options->targets_threshold = 0;
    return RenewRoot(*options);
  });
  CLI::App* rotate = repo.add_subcommand("rotate", "Replace a key of root or targets, or the hub's online keys");
  AddRepoOptions(*rotate, *options);
  AddOnlineOptions(*rotate, *options);
  rotate->add_option("role", options->role, "root, targets or online")
      ->required()
      ->check(CLI::IsMember({"root", "targets", "online"}));
  rotate->add_option("--old", options->old_keyid, "Key id (or its beginning) that goes");
  rotate->add_option("--new", options->new_key, "Key file that comes (.pub or .key)");
  OnRun(*rotate, [options] { return Rotate(*options); });
}

}  // namespace

void RegisterRepo(CLI::App& app) {
  CLI::App* repo = app.add_subcommand("repo", "The repository that says which releases exist and who may make them");
  repo->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  RegisterRootCommands(*repo, options);
  CLI::App* delegate = repo->add_subcommand("delegate", "Let another key publish some apps");
  AddRepoOptions(*delegate, *options);
  delegate->add_option("role", options->role, "Name of the role")->required();
  delegate->add_option("--role-key", options->role_keys, "Key file of the role (.pub)");
  delegate->add_option("--threshold", options->role_threshold, "How many of them must sign")->capture_default_str();
  delegate->add_option("--path", options->paths, "APP/VERSION pattern, for example 'camera/*'");
  delegate->add_option("--hash-prefix", options->prefixes, "Instead: beginnings of the path's SHA-256");
  delegate->add_flag("--terminating", options->terminating, "Roles further down the list are not asked");
  delegate->add_flag("--remove", options->remove, "Take the delegation back");
  OnRun(*delegate, [options] { return Delegate(*options); });
  CLI::App* withdraw = repo->add_subcommand("withdraw", "Take a release back: no device installs it any more");
  AddRepoOptions(*withdraw, *options);
  withdraw->add_option("release", options->release, "APP:VERSION")->required();
  withdraw->add_option("--role", options->role, "The delegated role that published it; default: targets");
  OnRun(*withdraw, [options] {
    if (options->role.empty()) options->role = "targets";
    return Withdraw(*options);
  });
  CLI::App* sign = repo->add_subcommand("sign", "Add a signature to whatever lacks one of this key");
  AddRepoOptions(*sign, *options);
  OnRun(*sign, [options] { return Sign(*options); });
  CLI::App* status = repo->add_subcommand("status", "Versions, expiry, signatures, what is missing");
  status->add_option("dir", options->dir, "Repository folder")->required();
  status->add_flag("--json", options->json, "As JSON");
  OnRun(*status, [options] { return ShowStatus(*options); });
  CLI::App* push = repo->add_subcommand("push", "Send the repository to the hub");
  push->add_option("dir", options->dir, "Repository folder")->required();
  AddHubOptions(*push, options->hub);
  OnRun(*push, [options] { return Push(*options); });
}

}  // namespace verge::cli
