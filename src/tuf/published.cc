#include "tuf/published.h"

#include <algorithm>
#include <utility>

#include "proto/json.h"
#include "tuf/delegation.h"
#include "tuf/verify.h"

namespace verge::tuf {

constexpr proto::TextRule kDocumentRule{1, kMaxTargetsBytes, nullptr, "a metadata document"};
constexpr proto::TextRule kRoleRule{1, 100, IsRoleName, "the name of a delegated role"};

template <typename A>
void Describe(A& a, BundleRole& m) {
  a.Text("name", m.name, kRoleRule);
  a.Text("text", m.text, kDocumentRule);
}
template <typename A>
void Describe(A& a, Bundle& m) {
  a.Texts("roots", m.roots, 1024, kDocumentRule);
  a.Text("targets", m.targets, kDocumentRule);
  a.List("roles", m.roles, kMaxDelegations);
}

namespace {

// Of the document's signers, the first that the role knows.
std::string FirstSigner(const std::vector<Signature>& signatures, const Role& role) {
  for (const Signature& signature : signatures) {
    if (std::find(role.keyids.begin(), role.keyids.end(), signature.keyid) != role.keyids.end()) return signature.keyid;
  }
  return {};
}

Result<Root> CheckRoots(const std::vector<std::string>& texts) {
  if (texts.empty()) return VERGE_ERROR(kInvalidArgument, "roots: expected at least one");
  VERGE_TRY_ASSIGN(Document<Root> root, ParseRoot(texts.front()));
  VERGE_TRY(CheckSignatures(root, root.value.keys, root.value.root));
  if (root.value.version != 1) return VERGE_ERROR(kDataLoss, "root metadata: the first has another version than 1");
  for (size_t i = 1; i < texts.size(); ++i) {
    VERGE_TRY_ASSIGN(Document<Root> next, ParseRoot(texts[i]));
    VERGE_TRY(CheckNextRoot(root.value, next));
    root = std::move(next);
  }
  return std::move(root.value);
}

const BundleRole* RoleOf(const Bundle& bundle, const std::string& name) {
  const auto found =
      std::find_if(bundle.roles.begin(), bundle.roles.end(), [&](const BundleRole& role) { return role.name == name; });
  return found == bundle.roles.end() ? nullptr : &*found;
}

Status CheckVersion(const std::string& role, int64_t before, int64_t after, bool is_same_text) {
  if (after > before || (after == before && is_same_text)) return Status::Ok();
  return VERGE_ERROR(kDataLoss, role + " metadata: version " + std::to_string(after) + " does not follow version " +
                                    std::to_string(before));
}

}  // namespace

std::string ToJson(const Bundle& bundle) { return proto::WriteMessage(bundle); }
Result<Bundle> ParseBundle(std::string_view text) { return proto::ParseMessage<Bundle>(text, kMaxBundleBytes); }

Status Published::CheckRoles(const Targets& parent) {
  for (const Delegation& delegation : parent.delegations) {
    const BundleRole* text = RoleOf(bundle_, delegation.name);
    if (text == nullptr || roles_.contains(delegation.name)) continue;  // nothing published yet, or seen
    VERGE_TRY_ASSIGN(Document<Targets> role, ParseTargets(text->text));
    VERGE_TRY(CheckSignatures(role, parent.keys, delegation.role, delegation.name));
    signers_[delegation.name] = FirstSigner(role.signatures, delegation.role);
    const auto added = roles_.emplace(delegation.name, std::move(role.value)).first;
    VERGE_TRY(CheckRoles(added->second));
  }
  return Status::Ok();
}

Result<Published> Published::Check(Bundle bundle) {
  VERGE_TRY_ASSIGN(Root root, CheckRoots(bundle.roots));
  VERGE_TRY_ASSIGN(Document<Targets> targets, ParseTargets(bundle.targets));
  VERGE_TRY(CheckSignatures(targets, root.keys, root.targets));
  const std::string signer = FirstSigner(targets.signatures, root.targets);
  Published out(std::move(bundle), std::move(root), std::move(targets.value));
  out.signers_["targets"] = signer;
  VERGE_TRY(out.CheckRoles(out.targets_));
  for (const BundleRole& role : out.bundle_.roles) {
    if (!out.roles_.contains(role.name)) {
      return VERGE_ERROR(kDataLoss, role.name + " metadata: no role delegates to it");
    }
  }
  return out;
}

Status Published::CheckFollowedBy(const Published& next) const {
  const std::vector<std::string>& before = bundle_.roots;
  const std::vector<std::string>& after = next.bundle_.roots;
  if (after.size() < before.size() || !std::equal(before.begin(), before.end(), after.begin())) {
    return VERGE_ERROR(kDataLoss, "root metadata: not the chain of roots that is there already");
  }
  VERGE_TRY(CheckVersion("targets", targets_.version, next.targets_.version, bundle_.targets == next.bundle_.targets));
  for (const BundleRole& role : bundle_.roles) {
    const BundleRole* now = RoleOf(next.bundle_, role.name);
    if (now == nullptr) continue;  // the delegation was taken back, or the role would be missing above
    VERGE_TRY(CheckVersion(role.name, roles_.at(role.name).version, next.roles_.at(role.name).version,
                           role.text == now->text));
  }
  return Status::Ok();
}

Result<std::optional<Target>> Published::Find(const std::string& path) const {
  return FindTarget(targets_, path, [this](const Delegation& role, const Targets&) -> Result<const Targets*> {
    const auto found = roles_.find(role.name);
    return found == roles_.end() ? nullptr : &found->second;
  });
}

std::string Published::SignerOf(const std::string& path) const {
  if (targets_.targets.contains(path)) return signers_.at("targets");
  for (const auto& [name, role] : roles_) {
    if (role.targets.contains(path)) return signers_.at(name);
  }
  return {};
}

std::map<std::string, MetaFile> Published::Meta() const {
  std::map<std::string, MetaFile> out;
  out["targets.json"] = DescribeFile(targets_.version, bundle_.targets);
  for (const BundleRole& role : bundle_.roles) {
    out[role.name + ".json"] = DescribeFile(roles_.at(role.name).version, role.text);
  }
  return out;
}

std::map<std::string, std::string> Published::Files() const {
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < bundle_.roots.size(); ++i) out[std::to_string(i + 1) + ".root.json"] = bundle_.roots[i];
  out[std::to_string(targets_.version) + ".targets.json"] = bundle_.targets;
  for (const BundleRole& role : bundle_.roles) {
    out[std::to_string(roles_.at(role.name).version) + "." + role.name + ".json"] = role.text;
  }
  return out;
}

}  // namespace verge::tuf
