#include "hub/auth/auth.h"

#include "sys/crypto/encode.h"
#include "sys/crypto/hash.h"
#include "sys/crypto/random.h"

namespace verge::hub {
namespace {

constexpr size_t kMaxCredentialBytes = 1024;
constexpr size_t kSecretBytes = 32;

// The token in an Authorization header.
Result<std::string> TokenOf(std::string_view header) {
  const size_t space = header.find(' ');
  const std::string_view scheme = header.substr(0, space);
  const std::string_view rest = space == std::string_view::npos ? std::string_view() : header.substr(space + 1);
  if (header.size() > kMaxCredentialBytes || rest.empty())
    return VERGE_ERROR(kPermission, "the Authorization header is malformed");
  if (sys::http::EqualsIgnoreCase(scheme, "Bearer")) return std::string(rest);
  if (!sys::http::EqualsIgnoreCase(scheme, "Basic")) {
    return VERGE_ERROR(kPermission, "the Authorization scheme must be Bearer or Basic");
  }
  const Result<std::string> pair = sys::Base64Decode(rest);
  const size_t colon = pair.ok() ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos)
    return VERGE_ERROR(kPermission, "the Authorization header is not Basic base64(user:token)");
  return pair->substr(colon + 1);
}

}  // namespace

std::string Identity::ToString() const {
  switch (kind) {
    case Kind::kNobody: return "";
    case Kind::kOperator: return "operator:" + name;
    case Kind::kDevice: return "device:" + name;
  }
  return "";
}

Result<Identity> Identify(Store& store, const sys::http::Request& request) {
  if (request.headers.Has("Authorization")) {
    VERGE_TRY_ASSIGN(const std::string token, TokenOf(request.headers.Find("Authorization")));
    VERGE_TRY_ASSIGN(std::optional<std::string> name, store.FindOperator(TokenHash(token)));
    if (!name) return VERGE_ERROR(kPermission, "the operator token is unknown or was withdrawn");
    return Identity{Identity::Kind::kOperator, std::move(*name)};
  }
  if (request.peer_name.empty()) return Identity{};
  VERGE_TRY_ASSIGN(const std::optional<std::string> fingerprint, store.FindFingerprint(request.peer_name));
  if (!fingerprint || *fingerprint != request.peer_fingerprint) {
    return VERGE_ERROR(kPermission, "this device was removed from the hub: enrol it again with a new token");
  }
  return Identity{Identity::Kind::kDevice, request.peer_name};
}

std::string NewOperatorToken() { return "vop1." + sys::Base64UrlEncode(sys::RandomBytes(kSecretBytes)); }

std::string NewEnrolmentToken(std::string_view ca_fingerprint) {
  constexpr size_t kPinDigits = 32;
  return "vet1." + sys::Base64UrlEncode(sys::RandomBytes(kSecretBytes)) + "." +
         std::string(ca_fingerprint.substr(0, kPinDigits));
}

std::string TokenHash(std::string_view token) { return sys::Sha256Hex(token); }

}  // namespace verge::hub
