#include "agent/enrol.h"

#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/inventory.h"
#include "agent/trust.h"
#include "proto/device.h"
#include "proto/names.h"
#include "sys/crypto/hash.h"
#include "sys/crypto/x509.h"
#include "sys/file/file.h"
#include "sys/http/client.h"
#include "sys/tpm/tpm.h"

namespace verge::agent {
namespace {

constexpr size_t kPinHexDigits = 32;
constexpr size_t kSha256HexDigits = 64;

std::string HostName() {
  std::array<char, 256> buffer{};
  if (gethostname(buffer.data(), buffer.size() - 1) != 0) return "device";
  return buffer.data();
}

// What the hub answered is believed only after it fits the token, our key and itself.
Result<Identity> CheckAnswer(const proto::EnrolAnswer& answer, const EnrolOptions& options, const std::string& pin,
                             std::string key_pem) {
  VERGE_TRY_ASSIGN(const std::string fingerprint, sys::CertificateFingerprint(answer.ca));
  if (!fingerprint.starts_with(pin)) {
    return VERGE_ERROR(kPermission, "the hub sent a CA certificate that is not the one the token names");
  }
  VERGE_TRY_ASSIGN(const std::string common_name, sys::CertificateName(answer.certificate));
  if (common_name != answer.device_id) {
    return VERGE_ERROR(kDataLoss, "the hub's certificate is for " + common_name + ", not for " + answer.device_id);
  }
  Identity out;
  out.device_id = answer.device_id;
  out.name = options.name;
  out.group = answer.group;
  out.hub = options.hub;
  out.key_pem = std::move(key_pem);
  out.certificate_pem = answer.certificate;
  out.ca_pem = answer.ca;
  sys::http::ClientConfig config;  // certificate and key must fit each other
  config.url = options.hub;
  config.ca_pem = out.ca_pem;
  config.certificate_pem = out.certificate_pem;
  config.key_pem = out.key_pem;
  VERGE_TRY(sys::http::Client::Open(config).status());
  return out;
}

bool IsHex(std::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The root that the owner of the device vouches for.
Result<std::string> AnchorOf(const EnrolOptions& options, const TokenParts& token, const std::string& from_hub) {
  std::string text = from_hub;
  if (!options.root.empty()) {
    VERGE_TRY_ASSIGN(text, sys::ReadFile(options.root, tuf::kMaxRootBytes));
  }
  if (!token.root_sha256.empty() && sys::Sha256Hex(text) != token.root_sha256) {
    return VERGE_ERROR(kPermission, options.root.empty() ? "the hub sent a root that is not the one the token names"
                                                         : options.root + ": not the root that the token names");
  }
  return text;
}

}  // namespace

Result<TokenParts> SplitToken(const std::string& token) {
  std::vector<std::string> parts = {""};
  for (const char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const bool is_token = (parts.size() == 3 || parts.size() == 4) && parts[0] == "vet1" && !parts[1].empty() &&
                        IsHex(parts[2], kPinHexDigits) && (parts.size() == 3 || IsHex(parts[3], kSha256HexDigits));
  if (is_token) {
    return TokenParts{parts[0] + "." + parts[1] + "." + parts[2], parts[2], parts.size() == 4 ? parts[3] : ""};
  }
  return VERGE_ERROR(kInvalidArgument,
                     "not an enrolment token: expected vet1.<secret>.<32 hex digits>[.<64 hex digits>]; "
                     "`verge enrol-token --group GROUP --repo DIR` makes one");
}

Result<Identity> Enrol(const EnrolOptions& given) {
  EnrolOptions options = given;
  if (options.name.empty()) options.name = HostName();
  if (options.name.size() > 128 || !proto::IsLine(options.name)) {
    return VERGE_ERROR(kInvalidArgument, "--name: at most 128 printable characters");
  }
  const StatePaths paths(options.state_dir);
  VERGE_TRY_ASSIGN(const TokenParts token, SplitToken(options.token));
  if (token.root_sha256.empty() && options.root.empty()) {
    return VERGE_ERROR(kInvalidArgument,
                       "no trust anchor: give --root root.json of the publisher's repository, or a token of "
                       "`verge enrol-token --repo DIR`");
  }
  VERGE_TRY(sys::MakeDirs(paths.dir(), 0700));
  VERGE_TRY(sys::SetMode(paths.dir(), 0700));
  if (sys::Exists(paths.File("agent.json"))) {
    return VERGE_ERROR(kAlreadyExists,
                       paths.dir() + ": this device is enrolled already; to enrol it anew, move the folder away");
  }
  if (!options.protection.tcti.empty()) {  // before the token is used up
    VERGE_TRY(sys::TpmSeal(options.protection.tcti, "is it there?", options.protection.pcrs).status());
  }
  VERGE_TRY_ASSIGN(sys::KeyAndRequest request, sys::CreateCsr("verge-device"));
  sys::http::ClientConfig config;
  config.url = options.hub;
  config.ca_pin_hex = token.ca_pin;
  VERGE_TRY_ASSIGN(const std::unique_ptr<sys::http::Client> client, sys::http::Client::Open(config));
  VERGE_TRY_ASSIGN(proto::JsonText inventory, proto::ToJsonText(ReadInventory()));
  sys::http::ClientRequest post;
  post.method = sys::http::Method::kPost;
  post.target = "/api/v1/enrol";
  post.headers.Set("Content-Type", "application/json");
  post.body = proto::ToJson(proto::EnrolRequest{token.for_hub, options.name, request.csr_pem, std::move(inventory),
                                                options.root.empty() ? token.root_sha256 : ""});
  VERGE_TRY_ASSIGN(const sys::http::ClientResponse response, sys::http::SendOk(*client, post));
  VERGE_TRY_ASSIGN(const proto::EnrolAnswer answer, proto::ParseEnrolAnswer(response.body));
  VERGE_TRY_ASSIGN(Identity identity, CheckAnswer(answer, options, token.ca_pin, std::move(request.key_pem)));
  VERGE_TRY_ASSIGN(const std::string anchor, AnchorOf(options, token, answer.root));
  VERGE_TRY(WriteAnchor(paths, anchor));
  VERGE_TRY(SaveIdentity(paths, identity, options.protection));
  return identity;
}

}  // namespace verge::agent
