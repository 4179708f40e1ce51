// Value -> the canonical bytes that get signed, and the file around them.
#include <utility>

#include "proto/json.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/hash.h"
#include "sys/crypto/sign.h"
#include "tuf/canonical_json.h"
#include "tuf/metadata.h"

namespace verge::tuf {
namespace {

using nlohmann::json;

json KeyJson(const Key& key) {
  const bool is_raw = key.type == "ed25519";
  return {{"keytype", key.type},
          {"scheme", key.scheme},
          {"keyval", {{"public", is_raw ? sys::HexEncode(key.public_key) : key.public_key}}}};
}

json KeysJson(const Keys& keys) {
  json out = json::object();
  for (const auto& [keyid, key] : keys) out[keyid] = KeyJson(key);
  return out;
}

json RoleJson(const Role& role) { return {{"keyids", role.keyids}, {"threshold", role.threshold}}; }

json MetaJson(const MetaFile& file) {
  json out = {{"version", file.version}};
  if (file.length) out["length"] = *file.length;
  if (!file.sha256.empty()) out["hashes"] = {{"sha256", file.sha256}};
  return out;
}

json TargetsJson(const std::map<std::string, Target>& targets) {
  json out = json::object();
  for (const auto& [path, target] : targets) {
    json one = {{"length", target.length}, {"hashes", {{"sha256", target.sha256}}}};
    if (!target.deployment.empty()) one["custom"] = {{"deployment", target.deployment}};
    out[path] = std::move(one);
  }
  return out;
}

json HeaderJson(const Header& header, const char* type) {
  return {{"_type", type},
          {"spec_version", kSpecVersion},
          {"version", header.version},
          {"expires", FormatTime(header.expires_ms)}};
}

json ToJson(const Root& value) {
  json out = HeaderJson(value, Root::kType);
  out["consistent_snapshot"] = value.consistent_snapshot;
  out["keys"] = KeysJson(value.keys);
  out["roles"] = {{"root", RoleJson(value.root)},
                  {"targets", RoleJson(value.targets)},
                  {"snapshot", RoleJson(value.snapshot)},
                  {"timestamp", RoleJson(value.timestamp)}};
  if (value.director) out["x-verge-director"] = RoleJson(*value.director);
  return out;
}

json ToJson(const Timestamp& value) {
  json out = HeaderJson(value, Timestamp::kType);
  out["meta"] = {{"snapshot.json", MetaJson(value.snapshot)}};
  return out;
}

json ToJson(const Snapshot& value) {
  json out = HeaderJson(value, Snapshot::kType);
  out["meta"] = json::object();
  for (const auto& [name, file] : value.meta) out["meta"][name] = MetaJson(file);
  return out;
}

json ToJson(const Targets& value) {
  json out = HeaderJson(value, Targets::kType);
  out["targets"] = TargetsJson(value.targets);
  if (value.delegations.empty()) return out;
  json roles = json::array();
  for (const Delegation& delegation : value.delegations) {
    json role = RoleJson(delegation.role);
    role["name"] = delegation.name;
    role["terminating"] = delegation.terminating;
    if (delegation.path_hash_prefixes.empty()) {
      role["paths"] = delegation.paths;
    } else {
      role["path_hash_prefixes"] = delegation.path_hash_prefixes;
    }
    roles.push_back(std::move(role));
  }
  out["delegations"] = {{"keys", KeysJson(value.keys)}, {"roles", std::move(roles)}};
  return out;
}

json ToJson(const Director& value) {
  json out = HeaderJson(value, Director::kType);
  out["device"] = value.device;
  out["nonce"] = value.nonce;
  out["time_ms"] = value.time_ms;
  out["targets"] = TargetsJson(value.targets);
  return out;
}

template <typename T>
Result<Document<T>> Make(const T& value) {
  Document<T> out{value, "", "", {}};
  const json body = ToJson(value);
  VERGE_TRY_ASSIGN(out.canonical, CanonicalJson(body));
  out.body = proto::DumpJson(body);
  return out;
}

}  // namespace

template <typename T>
std::string Document<T>::Text() const {
  std::string out = R"({"signatures":[)";
  for (const Signature& signature : signatures) {
    if (out.back() != '[') out += ',';
    out += R"({"keyid":)" + proto::QuoteJson(signature.keyid) + R"(,"sig":")" + sys::HexEncode(signature.bytes) + "\"}";
  }
  return out + R"(],"signed":)" + body + "}";
}
template struct Document<Root>;
template struct Document<Timestamp>;
template struct Document<Snapshot>;
template struct Document<Targets>;
template struct Document<Director>;

Result<Document<Root>> MakeDocument(const Root& value) { return Make(value); }
Result<Document<Timestamp>> MakeDocument(const Timestamp& value) { return Make(value); }
Result<Document<Snapshot>> MakeDocument(const Snapshot& value) { return Make(value); }
Result<Document<Targets>> MakeDocument(const Targets& value) { return Make(value); }
Result<Document<Director>> MakeDocument(const Director& value) { return Make(value); }

Key Ed25519Key(std::string_view raw_public_key) { return {"ed25519", "ed25519", std::string(raw_public_key)}; }

std::string KeyText(const Key& key) {
  const Result<std::string> text = CanonicalJson(KeyJson(key));
  return text.ok() ? *text : std::string();  // texts only: it has a canonical form
}

std::string KeyIdOf(const Key& key) { return sys::Sha256Hex(KeyText(key)); }

MetaFile DescribeFile(int64_t version, std::string_view bytes) {
  return {version, static_cast<int64_t>(bytes.size()), sys::Sha256Hex(bytes)};
}

Target DescribeTarget(std::string_view bytes) {
  return {static_cast<int64_t>(bytes.size()), sys::Sha256Hex(bytes), ""};
}

}  // namespace verge::tuf
