#include "tuf/key_file.h"

#include <utility>

#include "proto/json.h"
#include "sys/crypto/encode.h"
#include "sys/file/file.h"

namespace verge::tuf {
namespace {

constexpr size_t kMaxKeyFileBytes = 16384;
constexpr proto::TextRule kHexRule{0, 4096, proto::IsLine, "hex digits"};
constexpr char kContext[] = "verge key ";

struct LockedJson {
  std::string kdf = "argon2id";
  int64_t ops = 0;
  int64_t memory_bytes = 0;
  std::string salt;
  std::string cipher = "xchacha20-poly1305";
  std::string nonce;
  std::string box;
};
struct KeyFileJson {
  int64_t schema = 2;
  std::string type = "ed25519";
  std::string keyid;
  std::string public_key;
  std::string secret;  // open
  std::optional<LockedJson> locked;
};

template <typename A>
void Describe(A& a, LockedJson& m) {
  a.Text("kdf", m.kdf, proto::kLineRule);
  a.Int("ops", m.ops, {1, sys::kMaxSealOps});
  a.Int("memory_bytes", m.memory_bytes, {1, sys::kMaxSealMemoryBytes});
  a.Text("salt", m.salt, kHexRule);
  a.Text("cipher", m.cipher, proto::kLineRule);
  a.Text("nonce", m.nonce, kHexRule);
  a.Text("box", m.box, kHexRule);
}
template <typename A>
void Describe(A& a, KeyFileJson& m) {
  a.Int("schema", m.schema, {2, 2});
  a.Text("type", m.type, proto::kLineRule);
  a.Text("keyid", m.keyid, kHexRule);
  a.Text("public", m.public_key, kHexRule);
  if (A::kReads || !m.secret.empty()) a.OptionalText("secret", m.secret, kHexRule);
  if (A::kReads || m.locked) a.Nullable("locked", m.locked);
}

Status Bad(const std::string& path, const std::string& what) {
  return VERGE_ERROR(kInvalidArgument, path + ": not a key file of `verge keys create`: " + what);
}

Result<KeyFileJson> Load(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxKeyFileBytes));
  Result<KeyFileJson> json = proto::ParseMessage<KeyFileJson>(text);
  if (!json.ok()) return Bad(path, std::string(json.status().message()));
  if (json->type != "ed25519") return Bad(path, "type: expected ed25519, got " + json->type);
  const Result<std::string> raw = sys::HexDecode(json->public_key);
  if (!raw.ok() || raw->size() != sys::kEd25519PublicBytes) return Bad(path, "public: expected 64 hex digits");
  if (KeyIdOf(Ed25519Key(*raw)) != json->keyid) return Bad(path, "keyid: is not that of the public key");
  return json;
}

Result<std::string> Unlock(const std::string& path, const KeyFileJson& json, const AskPassphrase& ask) {
  const LockedJson& locked = *json.locked;
  if (locked.kdf != "argon2id" || locked.cipher != "xchacha20-poly1305") return Bad(path, "unknown kdf or cipher");
  sys::SealedSecret sealed{locked.ops, locked.memory_bytes, "", "", ""};
  const std::pair<const std::string*, std::string*> fields[] = {
      {&locked.salt, &sealed.salt}, {&locked.nonce, &sealed.nonce}, {&locked.box, &sealed.box}};
  for (const auto& [hex, raw] : fields) {
    Result<std::string> decoded = sys::HexDecode(*hex);
    if (!decoded.ok()) return Bad(path, "locked: expected hex digits");
    *raw = std::move(decoded).value();
  }
  if (!ask) return VERGE_ERROR(kFailedPrecondition, path + ": is locked with a passphrase");
  Result<std::string> asked = ask();
  if (!asked.ok()) return std::move(asked).status().WithContext(path);
  std::string passphrase = std::move(asked).value();
  Result<std::string> secret = sys::OpenWithPassphrase(sealed, passphrase, kContext + json.keyid);
  sys::WipeString(passphrase);
  if (!secret.ok()) return std::move(secret).status().WithContext(path);
  return secret;
}

}  // namespace

Status WriteKeyFiles(const std::string& stem, const sys::Ed25519KeyPair& key,
                     const std::optional<std::string>& passphrase, const sys::SealOptions& options) {
  for (const char* suffix : {".key", ".pub"}) {
    if (sys::Exists(stem + suffix)) {
      return VERGE_ERROR(kAlreadyExists, stem + suffix + ": exists already; choose another name or move it away");
    }
  }
  KeyFileJson json;
  json.public_key = sys::HexEncode(key.public_key);
  json.keyid = KeyIdOf(Ed25519Key(key.public_key));
  VERGE_TRY(sys::WriteFileAtomic(stem + ".pub", proto::WriteMessage(json) + "\n", 0644));
  if (passphrase) {
    VERGE_TRY_ASSIGN(const sys::SealedSecret sealed,
                     sys::SealWithPassphrase(key.secret_key, *passphrase, kContext + json.keyid, options));
    json.locked = LockedJson{"argon2id",
                             sealed.ops,
                             sealed.memory_bytes,
                             sys::HexEncode(sealed.salt),
                             "xchacha20-poly1305",
                             sys::HexEncode(sealed.nonce),
                             sys::HexEncode(sealed.box)};
  } else {
    json.secret = sys::HexEncode(key.secret_key);
  }
  return sys::WriteFileAtomic(stem + ".key", proto::WriteMessage(json) + "\n", 0600);
}

Result<sys::Ed25519KeyPair> ReadSecretKey(const std::string& path, const AskPassphrase& ask) {
  VERGE_TRY_ASSIGN(const KeyFileJson json, Load(path));
  if (json.secret.empty() && !json.locked) return Bad(path, "it has no secret: give the .key file, not the .pub file");
  std::string secret;
  if (json.locked) {
    VERGE_TRY_ASSIGN(secret, Unlock(path, json, ask));
  } else {
    Result<std::string> raw = sys::HexDecode(json.secret);
    if (!raw.ok()) return Bad(path, "secret: expected hex digits");
    secret = std::move(raw).value();
  }
  Result<sys::Ed25519KeyPair> pair = sys::Ed25519FromSecret(secret);
  if (!pair.ok()) return Bad(path, std::string(pair.status().message()));
  if (sys::HexEncode(pair->public_key) != json.public_key) return Bad(path, "public does not belong to the secret");
  return pair;
}

Result<KeyFileInfo> ReadKeyFile(const std::string& path) {
  VERGE_TRY_ASSIGN(const KeyFileJson json, Load(path));
  VERGE_TRY_ASSIGN(const std::string raw, sys::HexDecode(json.public_key));
  return KeyFileInfo{Ed25519Key(raw), !json.secret.empty() || json.locked.has_value(), json.locked.has_value()};
}

}  // namespace verge::tuf
