// Bytes of a document -> checked value.
#include <set>
#include <utility>

#include "proto/json.h"
#include "proto/names.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/sign.h"
#include "tuf/canonical_json.h"
#include "tuf/fields.h"
#include "tuf/metadata.h"

namespace verge::tuf {
namespace {

using nlohmann::json;

constexpr int64_t kMaxVersion = int64_t{1} << 53;
constexpr int64_t kMaxLength = int64_t{1} << 40;
constexpr size_t kMaxKeyBytes = 8192;
constexpr size_t kMaxPathBytes = 512;

bool IsHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<Header> ReadHeader(const Fields& fields, const char* type) {
  VERGE_TRY_ASSIGN(const std::string got, fields.Text("_type", 64));
  if (got != type) return fields.Error("_type", std::string(type) + ", got " + got.substr(0, 32));
  VERGE_TRY_ASSIGN(const std::string spec, fields.Text("spec_version", 32));
  if (!spec.starts_with("1.")) return fields.Error("spec_version", "1.x, got " + spec);
  Header out;
  VERGE_TRY_ASSIGN(out.version, fields.Int("version", 1, kMaxVersion));
  VERGE_TRY_ASSIGN(const std::string expires, fields.Text("expires", 64));
  const Result<int64_t> time = ParseTime(expires);
  if (!time.ok()) return fields.Error("expires", "a time as 2030-01-31T23:59:59Z, got " + expires);
  out.expires_ms = *time;
  return out;
}

Result<Key> ReadKey(const Fields& fields) {
  Key key;
  VERGE_TRY_ASSIGN(key.type, fields.Text("keytype", 64));
  VERGE_TRY_ASSIGN(key.scheme, fields.Text("scheme", 64));
  VERGE_TRY_ASSIGN(const json* value, fields.Object("keyval", 8));
  VERGE_TRY_ASSIGN(const std::string text, Fields(*value, fields.what() + ".keyval").Text("public", kMaxKeyBytes));
  if (key.type == "ed25519" && key.scheme == "ed25519") {
    Result<std::string> raw = sys::HexDecode(text);
    if (!raw.ok() || raw->size() != sys::kEd25519PublicBytes) {
      return fields.Error("keyval.public", "64 lower-case hex digits");
    }
    key.public_key = std::move(raw).value();
  } else if (key.type == "ecdsa-sha2-nistp256" || (key.type == "ecdsa" && key.scheme == "ecdsa-sha2-nistp256")) {
    key.public_key = text;
  }
  return key;
}

Result<Keys> ReadKeys(const Fields& fields) {
  VERGE_TRY_ASSIGN(const json* object, fields.Object("keys", kMaxKeys));
  Keys out;
  for (const auto& [keyid, value] : object->items()) {
    if (!IsHex(keyid) || keyid.size() > 128) return fields.Error("keys", "key ids in hex");
    VERGE_TRY_ASSIGN(out[keyid], ReadKey(Fields(value, fields.what() + ": keys." + keyid.substr(0, 8))));
  }
  return out;
}

Result<Role> ReadRole(const Fields& fields) {
  Role out;
  VERGE_TRY_ASSIGN(out.keyids, fields.Texts("keyids", kMaxKeys, 128));
  VERGE_TRY_ASSIGN(out.threshold, fields.Int("threshold", 1, static_cast<int64_t>(kMaxKeys)));
  const std::set<std::string> unique(out.keyids.begin(), out.keyids.end());
  if (unique.size() != out.keyids.size()) return fields.Error("keyids", "each key id once");
  return out;
}

Result<Role> ReadRoleOf(const Fields& roles, const char* name) {
  VERGE_TRY_ASSIGN(const json* role, roles.Object(name, 16));
  return ReadRole(Fields(*role, roles.what() + "." + name));
}

// "hashes" of a file; "" when there are none or none that we know.
Result<std::string> ReadSha256(const Fields& fields) {
  if (fields.Find("hashes") == nullptr) return std::string();
  VERGE_TRY_ASSIGN(const json* hashes, fields.Object("hashes", 8));
  const Fields inner(*hashes, fields.what() + ".hashes");
  VERGE_TRY_ASSIGN(std::string out, inner.Text("sha256", 64));
  if (out.size() != 64 || !IsHex(out)) return inner.Error("sha256", "64 lower-case hex digits");
  return out;
}

Result<MetaFile> ReadMetaFile(const Fields& fields) {
  MetaFile out;
  VERGE_TRY_ASSIGN(out.version, fields.Int("version", 1, kMaxVersion));
  if (fields.Find("length") != nullptr) {
    VERGE_TRY_ASSIGN(out.length, fields.Int("length", 1, kMaxLength));
  }
  VERGE_TRY_ASSIGN(out.sha256, ReadSha256(fields));
  return out;
}

Result<Target> ReadTarget(const Fields& fields) {
  Target out;
  VERGE_TRY_ASSIGN(out.length, fields.Int("length", 0, kMaxLength));
  VERGE_TRY_ASSIGN(out.sha256, ReadSha256(fields));
  if (out.sha256.empty()) return fields.Error("hashes", "a sha256");
  const json* custom = fields.Find("custom");
  if (custom != nullptr && custom->is_object() && custom->contains("deployment")) {
    VERGE_TRY_ASSIGN(out.deployment, Fields(*custom, fields.what() + ".custom").Text("deployment", 128));
  }
  return out;
}

Result<std::map<std::string, Target>> ReadTargetMap(const Fields& fields) {
  VERGE_TRY_ASSIGN(const json* object, fields.Object("targets", kMaxTargets));
  std::map<std::string, Target> out;
  for (const auto& [path, value] : object->items()) {
    if (path.empty() || path.size() > kMaxPathBytes) return fields.Error("targets", "paths of 1 to 512 bytes");
    VERGE_TRY_ASSIGN(out[path], ReadTarget(Fields(value, fields.what() + ": targets." + path)));
  }
  return out;
}

Result<Delegation> ReadDelegation(const Fields& fields) {
  Delegation out;
  VERGE_TRY_ASSIGN(out.name, fields.Text("name", 128));
  if (!IsRoleName(out.name)) return fields.Error("name", "letters, digits, . _ - and no top-level role");
  VERGE_TRY_ASSIGN(out.role, ReadRole(fields));
  if (fields.Find("terminating") != nullptr) {
    VERGE_TRY_ASSIGN(out.terminating, fields.Bool("terminating"));
  }
  const bool has_paths = fields.Find("paths") != nullptr;
  const bool has_prefixes = fields.Find("path_hash_prefixes") != nullptr;
  if (has_paths == has_prefixes) return fields.Error("paths", "either paths or path_hash_prefixes");
  if (has_paths) {
    VERGE_TRY_ASSIGN(out.paths, fields.Texts("paths", kMaxKeys, kMaxPathBytes));
  } else {
    VERGE_TRY_ASSIGN(out.path_hash_prefixes, fields.Texts("path_hash_prefixes", 65536, 64));
    for (const std::string& prefix : out.path_hash_prefixes) {
      if (!IsHex(prefix)) return fields.Error("path_hash_prefixes", "lower-case hex digits");
    }
  }
  return out;
}

Status ReadDelegations(const Fields& document, Targets& out) {
  if (document.Find("delegations") == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(const json* object, document.Object("delegations", 16));
  const Fields fields(*object, document.what() + ": delegations");
  VERGE_TRY_ASSIGN(out.keys, ReadKeys(fields));
  VERGE_TRY_ASSIGN(const json* roles, fields.List("roles", kMaxDelegations));
  std::set<std::string> names;
  for (size_t i = 0; i < roles->size(); ++i) {
    const Fields role((*roles)[i], fields.what() + ".roles[" + std::to_string(i) + "]");
    VERGE_TRY_ASSIGN(Delegation delegation, ReadDelegation(role));
    if (!names.insert(delegation.name).second) return role.Error("name", "each role once");
    out.delegations.push_back(std::move(delegation));
  }
  return Status::Ok();
}

Status ReadBody(const Fields& fields, Root& out) {
  if (fields.Find("consistent_snapshot") != nullptr) {
    VERGE_TRY_ASSIGN(out.consistent_snapshot, fields.Bool("consistent_snapshot"));
  } else {
    out.consistent_snapshot = false;
  }
  VERGE_TRY_ASSIGN(out.keys, ReadKeys(fields));
  VERGE_TRY_ASSIGN(const json* object, fields.Object("roles", 16));
  const Fields roles(*object, fields.what() + ": roles");
  VERGE_TRY_ASSIGN(out.root, ReadRoleOf(roles, "root"));
  VERGE_TRY_ASSIGN(out.targets, ReadRoleOf(roles, "targets"));
  VERGE_TRY_ASSIGN(out.snapshot, ReadRoleOf(roles, "snapshot"));
  VERGE_TRY_ASSIGN(out.timestamp, ReadRoleOf(roles, "timestamp"));
  if (fields.Find("x-verge-director") == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(out.director, ReadRoleOf(fields, "x-verge-director"));
  return Status::Ok();
}

Status ReadBody(const Fields& fields, Timestamp& out) {
  VERGE_TRY_ASSIGN(const json* meta, fields.Object("meta", 1));
  const Fields inner(*meta, fields.what() + ": meta");
  VERGE_TRY_ASSIGN(const json* snapshot, inner.Object("snapshot.json", 16));
  VERGE_TRY_ASSIGN(out.snapshot, ReadMetaFile(Fields(*snapshot, inner.what() + ".snapshot.json")));
  return Status::Ok();
}

Status ReadBody(const Fields& fields, Snapshot& out) {
  VERGE_TRY_ASSIGN(const json* meta, fields.Object("meta", kMaxDelegations * 4));
  for (const auto& [name, value] : meta->items()) {
    if (!proto::IsIdentifier(name) || !name.ends_with(".json"))
      return fields.Error("meta", "names of files, role.json");
    VERGE_TRY_ASSIGN(out.meta[name], ReadMetaFile(Fields(value, fields.what() + ": meta." + name)));
  }
  if (!out.meta.contains("targets.json")) return fields.Error("meta", "targets.json");
  return Status::Ok();
}

Status ReadBody(const Fields& fields, Targets& out) {
  VERGE_TRY_ASSIGN(out.targets, ReadTargetMap(fields));
  return ReadDelegations(fields, out);
}

Status ReadBody(const Fields& fields, Director& out) {
  VERGE_TRY_ASSIGN(out.device, fields.Text("device", 128));
  VERGE_TRY_ASSIGN(out.nonce, fields.Text("nonce", 64));
  VERGE_TRY_ASSIGN(out.time_ms, fields.Int("time_ms", 0, kMaxVersion));
  VERGE_TRY_ASSIGN(out.targets, ReadTargetMap(fields));
  return Status::Ok();
}

Result<std::vector<Signature>> ReadSignatures(const Fields& envelope) {
  VERGE_TRY_ASSIGN(const json* list, envelope.List("signatures", kMaxSignatures));
  std::vector<Signature> out;
  for (const json& item : *list) {
    const Fields fields(item, envelope.what() + ": signatures");
    Signature signature;
    VERGE_TRY_ASSIGN(signature.keyid, fields.Text("keyid", 128));
    VERGE_TRY_ASSIGN(const std::string hex, fields.Text("sig", 1024));
    Result<std::string> raw = sys::HexDecode(hex);
    if (!raw.ok()) return fields.Error("sig", "lower-case hex digits");
    signature.bytes = std::move(raw).value();
    out.push_back(std::move(signature));
  }
  return out;
}

template <typename T>
Result<Document<T>> Parse(std::string_view text, size_t max_bytes) {
  const std::string what = std::string(T::kType) + ".json";
  const Result<json> parsed = proto::ParseJson(text, max_bytes);
  if (!parsed.ok()) return VERGE_ERROR(kDataLoss, what + ": " + std::string(parsed.status().message()));
  const Fields envelope(*parsed, what);
  Document<T> out;
  VERGE_TRY_ASSIGN(out.signatures, ReadSignatures(envelope));
  const json* body = envelope.Find("signed");
  if (body == nullptr || !body->is_object()) return envelope.Error("signed", "an object");
  const Fields fields(*body, what);
  VERGE_TRY_ASSIGN(static_cast<Header&>(out.value), ReadHeader(fields, T::kType));
  VERGE_TRY(ReadBody(fields, out.value));
  VERGE_TRY_ASSIGN(out.canonical, CanonicalJson(*body));
  out.body = proto::DumpJson(*body);
  return out;
}

}  // namespace

bool IsRoleName(std::string_view name) {
  for (const char* reserved : {"root", "targets", "snapshot", "timestamp", "director"}) {
    if (name == reserved) return false;
  }
  return proto::IsIdentifier(name) && name.size() <= 100;
}

Result<Key> ParseKey(std::string_view text) {
  const Result<json> parsed = proto::ParseJson(text, kMaxKeyBytes * 2);
  if (!parsed.ok()) return VERGE_ERROR(kInvalidArgument, "not a key: " + std::string(parsed.status().message()));
  Result<Key> key = ReadKey(Fields(*parsed, "key"));
  if (!key.ok()) return VERGE_ERROR(kInvalidArgument, std::string(key.status().message()));
  if (key->public_key.empty()) return VERGE_ERROR(kInvalidArgument, "key: keytype " + key->type + " is not supported");
  return key;
}

Result<Document<Root>> ParseRoot(std::string_view text) { return Parse<Root>(text, kMaxRootBytes); }
Result<Document<Timestamp>> ParseTimestamp(std::string_view text) { return Parse<Timestamp>(text, kMaxTimestampBytes); }
Result<Document<Snapshot>> ParseSnapshot(std::string_view text) { return Parse<Snapshot>(text, kMaxSnapshotBytes); }
Result<Document<Targets>> ParseTargets(std::string_view text) { return Parse<Targets>(text, kMaxTargetsBytes); }
Result<Document<Director>> ParseDirector(std::string_view text) { return Parse<Director>(text, kMaxDirectorBytes); }

}  // namespace verge::tuf
