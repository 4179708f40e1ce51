#include "format/package/signature.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "format/package/manifest.h"
#include "proto/json.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"

namespace verge::package {
namespace {

using proto::TextRule;

constexpr char kPayloadType[] = "application/vnd.verge.release.v1+json";
constexpr TextRule kAnyLine{0, 4096, proto::IsLine, "a line of text"};
constexpr TextRule kBase64Rule{0, 65536, proto::IsLine, "base64"};
constexpr size_t kMaxSignatures = 16;
constexpr size_t kMaxKeyFileBytes = 4096;

struct SignatureJson {
  std::string keyid;
  std::string sig;
};
struct EnvelopeJson {
  std::string payload_type;
  std::string payload;
  std::vector<SignatureJson> signatures;
};
struct SubjectJson {
  std::string digest;
  int64_t size = 0;
};
struct PayloadJson {
  int64_t schema = 1;
  std::string app;
  int64_t version = 0;
  SubjectJson manifest;
};
struct KeyJson {
  int64_t schema = 1;
  std::string type = "ed25519";
  std::string keyid;
  std::string public_key;
  std::string secret;
};

template <typename A>
void Describe(A& a, SignatureJson& m) {
  a.OptionalText("keyid", m.keyid, kAnyLine);
  a.Text("sig", m.sig, kBase64Rule);
}
template <typename A>
void Describe(A& a, EnvelopeJson& m) {
  a.Text("payloadType", m.payload_type, kAnyLine);
  a.Text("payload", m.payload, kBase64Rule);
  a.List("signatures", m.signatures, kMaxSignatures);
}
template <typename A>
void Describe(A& a, SubjectJson& m) {
  a.Text("digest", m.digest, proto::kDigestRule);
  a.Int("size", m.size, {1, static_cast<int64_t>(kMaxManifestBytes)});
}
template <typename A>
void Describe(A& a, PayloadJson& m) {
  a.Int("schema", m.schema, {1, 1});
  a.Text("app", m.app, proto::kNameRule);
  a.Int("version", m.version, {1, proto::kMaxVersion});
  a.Object("manifest", m.manifest);
}
template <typename A>
void Describe(A& a, KeyJson& m) {
  a.Int("schema", m.schema, {1, 1});
  a.Text("type", m.type, kAnyLine);
  a.Text("keyid", m.keyid, kAnyLine);
  a.Text("public", m.public_key, kAnyLine);
  if (A::kReads || !m.secret.empty()) a.OptionalText("secret", m.secret, kAnyLine);
}

// What is signed in place of the payload: DSSE pre-authentication encoding.
std::string PreAuthEncode(std::string_view type, std::string_view payload) {
  return "DSSEv1 " + std::to_string(type.size()) + " " + std::string(type) + " " + std::to_string(payload.size()) +
         " " + std::string(payload);
}

template <typename T>
Result<T> Read(std::string_view bytes, const char* what) {
  Result<T> read = proto::ParseMessage<T>(bytes, kMaxManifestBytes);
  if (read.ok()) return read;
  return VERGE_ERROR(kDataLoss, std::string(what) + ": " + std::string(read.status().message()));
}

// The trusted key that made one of the signatures; empty when none did.
std::string FindSigner(const EnvelopeJson& envelope, std::string_view message, std::span<const std::string> trusted) {
  for (const SignatureJson& signature : envelope.signatures) {
    const Result<std::string> raw = sys::Base64Decode(signature.sig);
    if (!raw.ok()) continue;
    for (const std::string& key : trusted) {
      if (sys::Ed25519Verify(key, message, *raw)) return key;
    }
  }
  return {};
}

Result<KeyJson> ReadKeyFile(const std::string& path) {
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxKeyFileBytes));
  Result<KeyJson> key = proto::ParseMessage<KeyJson>(text);
  if (!key.ok())
    return VERGE_ERROR(kInvalidArgument, path + ": not a key file: " + std::string(key.status().message()));
  if (key->type != "ed25519") return VERGE_ERROR(kInvalidArgument, path + ": type: expected ed25519, got " + key->type);
  return key;
}

}  // namespace

std::string KeyId(std::string_view public_key) { return sys::Sha256Hex(public_key); }

Result<std::string> SignRelease(const Release& release, const sys::Ed25519KeyPair& key) {
  const PayloadJson payload{1, release.app, release.version, {release.manifest_digest, release.manifest_size}};
  const std::string text = proto::WriteMessage(payload);
  VERGE_TRY_ASSIGN(const std::string signature, sys::Ed25519Sign(key.secret_key, PreAuthEncode(kPayloadType, text)));
  const EnvelopeJson envelope{
      kPayloadType, sys::Base64Encode(text), {{KeyId(key.public_key), sys::Base64Encode(signature)}}};
  return proto::WriteMessage(envelope);
}

Result<SignedRelease> VerifyEnvelope(std::string_view envelope, std::span<const std::string> trusted) {
  VERGE_TRY_ASSIGN(const EnvelopeJson json, Read<EnvelopeJson>(envelope, "signature envelope"));
  if (json.payload_type != kPayloadType) {
    return VERGE_ERROR(kDataLoss, "signature envelope: payloadType: expected " + std::string(kPayloadType) + ", got " +
                                      json.payload_type);
  }
  const Result<std::string> payload = sys::Base64Decode(json.payload);
  if (!payload.ok()) return VERGE_ERROR(kDataLoss, "signature envelope: payload: not base64");
  const std::string signer = FindSigner(json, PreAuthEncode(json.payload_type, *payload), trusted);
  if (signer.empty()) {
    return VERGE_ERROR(kPermission, "the release is not signed by a trusted publisher key (" +
                                        std::to_string(trusted.size()) + " known)");
  }
  VERGE_TRY_ASSIGN(PayloadJson signed_payload, Read<PayloadJson>(*payload, "signed release"));
  return SignedRelease{{std::move(signed_payload.app), signed_payload.version,
                        std::move(signed_payload.manifest.digest), signed_payload.manifest.size},
                       KeyId(signer)};
}

Status WriteKeyFiles(const std::string& stem, const sys::Ed25519KeyPair& key) {
  for (const char* suffix : {".key", ".pub"}) {
    if (sys::Exists(stem + suffix)) {
      return VERGE_ERROR(kAlreadyExists, stem + suffix + ": exists already; choose another name or move it away");
    }
  }
  KeyJson json;
  json.keyid = KeyId(key.public_key);
  json.public_key = sys::Base64Encode(key.public_key);
  VERGE_TRY(sys::WriteFileAtomic(stem + ".pub", proto::WriteMessage(json) + "\n", 0644));
  json.secret = sys::Base64Encode(key.secret_key);
  return sys::WriteFileAtomic(stem + ".key", proto::WriteMessage(json) + "\n", 0600);
}

Result<sys::Ed25519KeyPair> ReadSecretKeyFile(const std::string& path) {
  VERGE_TRY_ASSIGN(const KeyJson json, ReadKeyFile(path));
  if (json.secret.empty()) {
    return VERGE_ERROR(kInvalidArgument, path + ": has no secret: give the .key file, not the .pub file");
  }
  const Result<std::string> secret = sys::Base64Decode(json.secret);
  if (!secret.ok()) return VERGE_ERROR(kInvalidArgument, path + ": secret: not base64");
  Result<sys::Ed25519KeyPair> pair = sys::Ed25519FromSecret(*secret);
  if (!pair.ok()) return std::move(pair).status().WithContext(path);
  if (sys::Base64Encode(pair->public_key) != json.public_key) {
    return VERGE_ERROR(kInvalidArgument, path + ": public does not belong to secret");
  }
  return pair;
}

Result<std::string> ReadPublicKeyFile(const std::string& path) {
  VERGE_TRY_ASSIGN(const KeyJson json, ReadKeyFile(path));
  Result<std::string> key = sys::Base64Decode(json.public_key);
  if (!key.ok() || key->size() != sys::kEd25519PublicBytes || KeyId(*key) != json.keyid) {
    return VERGE_ERROR(kInvalidArgument, path + ": public is not an Ed25519 key with this keyid");
  }
  return key;
}

}  // namespace verge::package
