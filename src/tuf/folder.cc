#include "tuf/folder.h"

#include <algorithm>
#include <utility>

#include "sys/file/file.h"

namespace verge::tuf {
namespace {

std::string MetadataDir(const std::string& dir) { return sys::JoinPath(dir, "metadata"); }
std::string RootPath(const std::string& dir, size_t version) {
  return sys::JoinPath(MetadataDir(dir), std::to_string(version) + ".root.json");
}
std::string RolePath(const std::string& dir, const std::string& name) {
  return sys::JoinPath(MetadataDir(dir), name + ".json");
}

std::string Lacks(size_t signers, int64_t threshold, const std::string& whose) {
  if (signers >= static_cast<size_t>(threshold)) return {};
  const auto missing = static_cast<size_t>(threshold) - signers;
  return std::to_string(missing) + " more signature" + (missing > 1 ? "s" : "") + " of " + whose;
}

bool Holds(const Role& role, const std::string& keyid) {
  return std::find(role.keyids.begin(), role.keyids.end(), keyid) != role.keyids.end();
}

}  // namespace

Result<Folder> Folder::Create(const std::string& dir, Root first, int64_t root_expires_ms, int64_t targets_expires_ms) {
  if (sys::Exists(RootPath(dir, 1))) {
    return VERGE_ERROR(kAlreadyExists, dir + ": holds a repository already; choose another folder");
  }
  VERGE_TRY(sys::MakeDirs(MetadataDir(dir)));
  Folder out(dir);
  first.version = 1;
  first.expires_ms = root_expires_ms;
  Targets targets;
  targets.version = 1;
  targets.expires_ms = targets_expires_ms;
  VERGE_TRY_ASSIGN(out.roles_["targets"], MakeDocument(targets));
  VERGE_TRY(out.SaveRole("targets"));
  VERGE_TRY_ASSIGN(Document<Root> root, MakeDocument(first));
  out.roots_.push_back(std::move(root));
  VERGE_TRY(out.SaveRoot());
  return out;
}

Result<Folder> Folder::Open(const std::string& dir) {
  if (!sys::Exists(RootPath(dir, 1))) {
    return VERGE_ERROR(kNotFound, dir + ": holds no repository; `verge repo init` makes one");
  }
  Folder out(dir);
  for (size_t version = 1; sys::Exists(RootPath(dir, version)); ++version) {
    const std::string path = RootPath(dir, version);
    VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxRootBytes));
    Result<Document<Root>> root = ParseRoot(text);
    if (!root.ok()) return std::move(root).status().WithContext(path);
    out.roots_.push_back(std::move(root).value());
  }
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(MetadataDir(dir)));
  for (const std::string& file : names) {
    if (!file.ends_with(".json") || file.ends_with(".root.json")) continue;
    const std::string name = file.substr(0, file.size() - 5);
    VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(RolePath(dir, name), kMaxTargetsBytes));
    Result<Document<Targets>> role = ParseTargets(text);
    if (!role.ok()) return std::move(role).status().WithContext(RolePath(dir, name));
    out.roles_[name] = std::move(role).value();
  }
  if (!out.roles_.contains("targets")) return VERGE_ERROR(kDataLoss, RolePath(dir, "targets") + ": is missing");
  return out;
}

Folder::RoleSigners Folder::SignersOf(const std::string& name) const {
  if (name == "targets") return {&root().keys, &root().targets};
  for (const auto& [parent, document] : roles_) {
    for (const Delegation& delegation : document.value.delegations) {
      if (delegation.name == name) return {&document.value.keys, &delegation.role};
    }
  }
  return {};
}

Result<Targets> Folder::role(const std::string& name) const {
  const auto found = roles_.find(name);
  if (found != roles_.end()) return found->second.value;
  if (SignersOf(name).role != nullptr) return Targets();  // delegated to, nothing published yet
  return VERGE_ERROR(kNotFound, "there is no role " + name + "; `verge repo delegate` makes one");
}

std::vector<std::string> Folder::role_names() const {
  std::vector<std::string> out;
  for (const auto& [name, document] : roles_) out.push_back(name);
  return out;
}

Status Folder::SaveRoot() {
  const std::string text = roots_.back().Text();
  VERGE_TRY(ParseRoot(text).status());  // never write what a reader would refuse
  VERGE_TRY(sys::WriteFileAtomic(RootPath(dir_, roots_.size()), text));
  if (!WhatRootLacks().empty()) return Status::Ok();
  return sys::WriteFileAtomic(sys::JoinPath(dir_, "root.json"), text);
}

Status Folder::SaveRole(const std::string& name) {
  const std::string text = roles_.at(name).Text();
  VERGE_TRY(ParseTargets(text).status());
  return sys::WriteFileAtomic(RolePath(dir_, name), text);
}

Status Folder::SetRoot(Root next, int64_t expires_ms) {
  const bool is_complete = WhatRootLacks().empty();
  next.version = root().version + (is_complete ? 1 : 0);
  next.expires_ms = expires_ms;
  VERGE_TRY_ASSIGN(Document<Root> document, MakeDocument(next));
  if (is_complete) {
    roots_.push_back(std::move(document));
  } else {
    roots_.back() = std::move(document);
  }
  return SaveRoot();
}

Status Folder::SetRole(const std::string& name, Targets next, int64_t expires_ms) {
  if (SignersOf(name).role == nullptr) return role(name).status();
  const auto found = roles_.find(name);
  const bool has_draft = found != roles_.end() && found->second.signatures.empty();
  const int64_t now = found == roles_.end() ? 0 : found->second.value.version;
  next.version = has_draft ? now : now + 1;
  next.expires_ms = expires_ms;
  VERGE_TRY_ASSIGN(roles_[name], MakeDocument(next));
  return SaveRole(name);
}

std::string Folder::WhatRootLacks() const {
  const Document<Root>& newest = roots_.back();
  const Root& value = newest.value;
  const size_t own = CountSigners(newest.canonical, newest.signatures, value.keys, value.root);
  std::string lacks = Lacks(own, value.root.threshold, "role root");
  if (!lacks.empty() || roots_.size() == 1) return lacks;
  const Root& before = roots_[roots_.size() - 2].value;
  const size_t old = CountSigners(newest.canonical, newest.signatures, before.keys, before.root);
  return Lacks(old, before.root.threshold, "the former root's keys");
}

std::string Folder::WhatRoleLacks(const std::string& name) const {
  const RoleSigners signers = SignersOf(name);
  if (signers.role == nullptr) return "a delegation";
  const Document<Targets>& document = roles_.at(name);
  return Lacks(CountSigners(document.canonical, document.signatures, *signers.keys, *signers.role),
               signers.role->threshold, "role " + name);
}

Result<std::vector<std::string>> Folder::Sign(const Signer& signer) {
  const std::string keyid = KeyIdOf(Ed25519Key(signer.public_key));
  std::vector<std::string> signed_documents;
  const bool is_root_key =
      Holds(root().root, keyid) || (roots_.size() > 1 && Holds(roots_[roots_.size() - 2].value.root, keyid));
  if (is_root_key && !WhatRootLacks().empty()) {
    VERGE_TRY(AddSignature(roots_.back().canonical, signer, roots_.back().signatures));
    VERGE_TRY(SaveRoot());
    signed_documents.emplace_back("root");
  }
  for (auto& [name, document] : roles_) {
    const RoleSigners signers = SignersOf(name);
    if (signers.role == nullptr || !Holds(*signers.role, keyid) || WhatRoleLacks(name).empty()) continue;
    VERGE_TRY(AddSignature(document.canonical, signer, document.signatures));
    VERGE_TRY(SaveRole(name));
    signed_documents.push_back(name);
  }
  return signed_documents;
}

std::vector<Folder::State> Folder::States() const {
  std::vector<State> out;
  const Document<Root>& newest = roots_.back();
  const std::string root_lacks = WhatRootLacks();
  out.push_back({"root", newest.value.version, newest.value.expires_ms,
                 CountSigners(newest.canonical, newest.signatures, newest.value.keys, newest.value.root),
                 newest.value.root.threshold, root_lacks.empty(), root_lacks});
  for (const auto& [name, document] : roles_) {
    const RoleSigners signers = SignersOf(name);
    if (signers.role == nullptr) continue;  // its delegation was taken back
    const std::string lacks = WhatRoleLacks(name);
    out.push_back({name, document.value.version, document.value.expires_ms,
                   CountSigners(document.canonical, document.signatures, *signers.keys, *signers.role),
                   signers.role->threshold, lacks.empty(), lacks});
  }
  return out;
}

Result<Bundle> Folder::Pack() const {
  for (const State& state : States()) {
    if (state.is_complete) continue;
    return VERGE_ERROR(kFailedPrecondition, dir_ + ": " + state.document + " version " + std::to_string(state.version) +
                                                " lacks " + state.lacks + "; `verge repo sign --key` adds one");
  }
  Bundle out;
  for (const Document<Root>& root : roots_) out.roots.push_back(root.Text());
  for (const auto& [name, document] : roles_) {
    if (name == "targets") {
      out.targets = document.Text();
    } else if (SignersOf(name).role != nullptr) {
      out.roles.push_back({name, document.Text()});
    }
  }
  VERGE_TRY(Published::Check(out).status());
  return out;
}

}  // namespace verge::tuf
