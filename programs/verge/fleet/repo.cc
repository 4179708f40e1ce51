#include "verge/fleet/repo.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include "proto/json.h"
#include "sys/clock/clock.h"
#include "sys/file/file.h"
#include "sys/token/token.h"
#include "tuf/key_file.h"
#include "tuf/published.h"

namespace verge::cli {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kMaxKeysBytes = 65536;

Result<OnlineKeys> ParseOnlineKeys(const std::string& text) {
  VERGE_TRY_ASSIGN(const nlohmann::json json, proto::ParseJson(text, kMaxKeysBytes));
  OnlineKeys out;
  const std::pair<const char*, tuf::Key*> fields[] = {
      {"timestamp", &out.timestamp}, {"snapshot", &out.snapshot}, {"director", &out.director}};
  for (const auto& [name, key] : fields) {
    if (!json.is_object() || !json.contains(name)) {
      return VERGE_ERROR(kInvalidArgument, std::string("online keys: ") + name + " is missing");
    }
    Result<tuf::Key> parsed = tuf::ParseKey(proto::DumpJson(json[name]));
    if (!parsed.ok()) return std::move(parsed).status().WithContext(std::string("online keys: ") + name);
    *key = std::move(parsed).value();
  }
  return out;
}

}  // namespace

void AddRepoPlace(CLI::App& command, RepoPlace& place) {
  command.add_option("--repo", place.dir, "The publisher's repository folder (or VERGE_REPO)");
}

Result<std::string> DirOf(const RepoPlace& place) {
  if (!place.dir.empty()) return place.dir;
  const char* value = std::getenv("VERGE_REPO");
  if (value != nullptr && *value != '\0') return std::string(value);
  return VERGE_ERROR(kInvalidArgument,
                     "no repository: give --repo DIR, or set VERGE_REPO; `verge repo init` makes one");
}

void AddRepoOptions(CLI::App& command, RepoOptions& options) {
  command.add_option("dir", options.dir, "Repository folder")->required();
  command.add_option("--days", options.days, "Days until what is signed now expires")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
  AddSigningKeyOptions(command, options.keys);
}

int64_t ExpiryOf(const RepoOptions& options) { return sys::SystemClock().WallMs() + options.days * kDayMs; }

Result<OnlineKeys> FetchOnlineKeys(const HubOptions& options) {
  VERGE_TRY_ASSIGN(Hub hub, Hub::Open(options));
  VERGE_TRY_ASSIGN(const std::string text, hub.Get("/api/v1/repository/keys"));
  return ParseOnlineKeys(text);
}

Result<OnlineKeys> ReadOnlineKeys(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxKeysBytes));
  Result<OnlineKeys> keys = ParseOnlineKeys(text);
  if (!keys.ok()) return std::move(keys).status().WithContext(path);
  return keys;
}

void AddToRole(const tuf::Key& key, tuf::Keys& keys, tuf::Role& role) {
  const std::string keyid = tuf::KeyIdOf(key);
  keys[keyid] = key;
  if (std::find(role.keyids.begin(), role.keyids.end(), keyid) == role.keyids.end()) role.keyids.push_back(keyid);
}

void SetOnlineRoles(const OnlineKeys& keys, tuf::Root& root) {
  root.timestamp = root.snapshot = tuf::Role{};
  root.director = tuf::Role{};
  AddToRole(keys.timestamp, root.keys, root.timestamp);
  AddToRole(keys.snapshot, root.keys, root.snapshot);
  AddToRole(keys.director, root.keys, *root.director);
}

Result<tuf::Key> ReadPublicKey(const std::string& path) {
  if (sys::IsTokenUri(path)) {
    VERGE_TRY_ASSIGN(const sys::TokenUri uri, sys::ParseTokenUri(path));
    VERGE_TRY_ASSIGN(const std::unique_ptr<sys::TokenKey> key, sys::OpenTokenKey(uri));
    return tuf::Ed25519Key(key->public_key());
  }
  VERGE_TRY_ASSIGN(tuf::KeyFileInfo info, tuf::ReadKeyFile(path));
  return std::move(info.key);
}

void DropUnusedKeys(tuf::Root& root) {
  std::set<std::string> used;
  for (const tuf::Role* role : {&root.root, &root.targets, &root.snapshot, &root.timestamp}) {
    used.insert(role->keyids.begin(), role->keyids.end());
  }
  if (root.director) used.insert(root.director->keyids.begin(), root.director->keyids.end());
  std::erase_if(root.keys, [&](const auto& entry) { return !used.contains(entry.first); });
}

Status SignFolder(tuf::Folder& folder, const SigningKeyOptions& options) {
  VERGE_TRY_ASSIGN(const std::vector<tuf::Signer> keys, OpenSigningKeys(options));
  for (size_t i = 0; i < keys.size(); ++i) {
    VERGE_TRY_ASSIGN(const std::vector<std::string> documents, folder.Sign(keys[i]));
    for (const std::string& document : documents) {
      std::printf("signed %s with %s\n", document.c_str(), options.files[i].c_str());
    }
    if (documents.empty()) std::printf("%s: nothing here needs its signature\n", options.files[i].c_str());
  }
  for (const tuf::Folder::State& state : folder.States()) {
    if (state.is_complete) continue;
    std::printf("%s version %lld still lacks %s\n", state.document.c_str(), static_cast<long long>(state.version),
                state.lacks.c_str());
  }
  return Status::Ok();
}

Status PushFolder(Hub& hub, const tuf::Folder& folder) {
  VERGE_TRY_ASSIGN(const tuf::Bundle bundle, folder.Pack());
  return hub.Post("/api/v1/repository", tuf::ToJson(bundle)).status();
}

}  // namespace verge::cli
