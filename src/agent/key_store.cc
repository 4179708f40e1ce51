#include "agent/key_store.h"

#include <algorithm>
#include <charconv>

#include "agent/identity.h"
#include "proto/json.h"
#include "sys/crypto/aead.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/random.h"
#include "sys/file/file.h"
#include "sys/file/private_file.h"
#include "sys/tpm/tpm.h"

namespace verge::agent {
namespace {

constexpr size_t kMaxKeyFileBytes = size_t{64} << 10;
constexpr char kContext[] = "verge device key 1";
constexpr proto::TextRule kBase64Rule{1, 32768, proto::IsLine, "base64"};
constexpr proto::TextRule kPcrsRule{1, 64, proto::IsLine, "PCRs, as 0,2,4,7"};

struct SealedKeyJson {
  int64_t schema = 1;
  std::string tcti;
  std::string pcrs;
  std::string public_part;
  std::string private_part;
  std::string key;
};
template <typename A>
void Describe(A& a, SealedKeyJson& m) {
  a.Int("schema", m.schema, {1, 1});
  a.Text("tcti", m.tcti, proto::kLineRule);
  a.Text("pcrs", m.pcrs, kPcrsRule);
  a.Text("sealed_public", m.public_part, kBase64Rule);
  a.Text("sealed_private", m.private_part, kBase64Rule);
  a.Text("key", m.key, kBase64Rule);
}

std::string TextOf(const std::vector<int>& pcrs) {
  std::string out;
  for (const int pcr : pcrs) out += (out.empty() ? "" : ",") + std::to_string(pcr);
  return out;
}

Result<std::string> Unseal(const std::string& text) {
  VERGE_TRY_ASSIGN(const SealedKeyJson json, proto::ParseMessage<SealedKeyJson>(text));
  VERGE_TRY_ASSIGN(const std::vector<int> pcrs, ParsePcrs(json.pcrs));
  sys::TpmSealed sealed;
  VERGE_TRY_ASSIGN(sealed.public_part, sys::Base64Decode(json.public_part));
  VERGE_TRY_ASSIGN(sealed.private_part, sys::Base64Decode(json.private_part));
  VERGE_TRY_ASSIGN(const std::string box, sys::Base64Decode(json.key));
  VERGE_TRY_ASSIGN(const std::string wrapping, sys::TpmUnseal(json.tcti, sealed, pcrs));
  return sys::AeadOpen(wrapping, box, kContext);
}

}  // namespace

Result<std::vector<int>> ParsePcrs(std::string_view text) {
  std::vector<int> out;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int pcr = -1;
    const auto [next, error] = std::from_chars(at, end, pcr);
    const bool is_next = error == std::errc() && pcr >= 0 && pcr < sys::kTpmPcrs && (out.empty() || pcr > out.back());
    if (!is_next) break;
    out.push_back(pcr);
    if (next == end) return out;
    if (*next != ',') break;
    at = next + 1;
  }
  return VERGE_ERROR(kInvalidArgument,
                     "PCRs '" + std::string(text) + "': expected rising numbers from 0 to 23, as in 0,2,4,7");
}

Status SaveDeviceKey(const StatePaths& paths, const std::string& pem, const KeyProtection& protection) {
  if (protection.tcti.empty()) return sys::WriteFileAtomic(paths.File("device.key"), pem, 0600);
  const std::string wrapping = sys::RandomBytes(sys::kAeadKeyBytes);
  VERGE_TRY_ASSIGN(const sys::TpmSealed sealed, sys::TpmSeal(protection.tcti, wrapping, protection.pcrs));
  VERGE_TRY_ASSIGN(const std::string box, sys::AeadSeal(wrapping, pem, kContext));
  SealedKeyJson json;
  json.tcti = protection.tcti;
  json.pcrs = TextOf(protection.pcrs);
  json.public_part = sys::Base64Encode(sealed.public_part);
  json.private_part = sys::Base64Encode(sealed.private_part);
  json.key = sys::Base64Encode(box);
  return sys::WriteFileAtomic(paths.File("device.key.tpm"), proto::WriteMessage(json) + "\n", 0600);
}

Result<std::string> LoadDeviceKey(const StatePaths& paths) {
  const std::string sealed = paths.File("device.key.tpm");
  if (!sys::Exists(sealed)) return sys::ReadPrivateFile(paths.File("device.key"), kMaxKeyFileBytes);
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadPrivateFile(sealed, kMaxKeyFileBytes));
  Result<std::string> pem = Unseal(text);
  if (!pem.ok()) return std::move(pem).status().WithContext(sealed);
  return pem;
}

}  // namespace verge::agent
