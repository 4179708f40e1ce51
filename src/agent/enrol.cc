#include "agent/enrol.h"

#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "agent/inventory.h"
#include "proto/device.h"
#include "proto/names.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/sign.h"
#include "sys/crypto/x509.h"
#include "sys/file/file.h"
#include "sys/http/client.h"

namespace verge::agent {
namespace {

constexpr size_t kPinHexDigits = 32;

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
  for (const std::string& text : answer.publishers) {
    VERGE_TRY_ASSIGN(std::string key, sys::Base64Decode(text));
    if (key.size() != sys::kEd25519PublicBytes)
      return VERGE_ERROR(kDataLoss, "the hub sent a publisher key of the wrong size");
    out.publishers.push_back(std::move(key));
  }
  sys::http::ClientConfig config;  // certificate and key must fit each other
  config.url = options.hub;
  config.ca_pem = out.ca_pem;
  config.certificate_pem = out.certificate_pem;
  config.key_pem = out.key_pem;
  VERGE_TRY(sys::http::Client::Open(config).status());
  return out;
}

}  // namespace

Result<std::string> PinOfToken(const std::string& token) {
  const size_t first = token.find('.');
  const size_t second = first == std::string::npos ? first : token.find('.', first + 1);
  if (second != std::string::npos && token.substr(0, first) == "vet1" && second > first + 1) {
    const std::string pin = token.substr(second + 1);
    if (pin.size() == kPinHexDigits && pin.find_first_not_of("0123456789abcdef") == std::string::npos) return pin;
  }
  return VERGE_ERROR(kInvalidArgument,
                     "not an enrolment token: expected vet1.<secret>.<32 hex digits>; "
                     "`verge enrol-token --group GROUP` makes one");
}

Result<Identity> Enrol(const EnrolOptions& given) {
  EnrolOptions options = given;
  if (options.name.empty()) options.name = HostName();
  if (options.name.size() > 128 || !proto::IsLine(options.name)) {
    return VERGE_ERROR(kInvalidArgument, "--name: at most 128 printable characters");
  }
  const StatePaths paths(options.state_dir);
  VERGE_TRY_ASSIGN(const std::string pin, PinOfToken(options.token));
  VERGE_TRY(sys::MakeDirs(paths.dir(), 0700));
  VERGE_TRY(sys::SetMode(paths.dir(), 0700));
  if (sys::Exists(paths.File("agent.json"))) {
    return VERGE_ERROR(kAlreadyExists,
                       paths.dir() + ": this device is enrolled already; to enrol it anew, move the folder away");
  }
  VERGE_TRY_ASSIGN(sys::KeyAndRequest request, sys::CreateCsr("verge-device"));
  sys::http::ClientConfig config;
  config.url = options.hub;
  config.ca_pin_hex = pin;
  VERGE_TRY_ASSIGN(const std::unique_ptr<sys::http::Client> client, sys::http::Client::Open(config));
  VERGE_TRY_ASSIGN(proto::JsonText inventory, proto::ToJsonText(ReadInventory()));
  sys::http::ClientRequest post;
  post.method = sys::http::Method::kPost;
  post.target = "/api/v1/enrol";
  post.headers.Set("Content-Type", "application/json");
  post.body = proto::ToJson(proto::EnrolRequest{options.token, options.name, request.csr_pem, std::move(inventory)});
  VERGE_TRY_ASSIGN(const sys::http::ClientResponse response, sys::http::SendOk(*client, post));
  VERGE_TRY_ASSIGN(const proto::EnrolAnswer answer, proto::ParseEnrolAnswer(response.body));
  VERGE_TRY_ASSIGN(Identity identity, CheckAnswer(answer, options, pin, std::move(request.key_pem)));
  VERGE_TRY(SaveIdentity(paths, identity));
  return identity;
}

}  // namespace verge::agent
