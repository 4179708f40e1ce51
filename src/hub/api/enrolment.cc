// How a device becomes one: an operator's one-time token, then the device's request for a certificate.
#include "hub/api/routes.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/random.h"

namespace verge::hub {
namespace {

// A device certificate outlives the longest absence; removing the device ends it at once.
constexpr int kCertificateDays = 3650;

}  // namespace

Result<Answer> CreateEnrolmentToken(Call& call) {
  VERGE_TRY_ASSIGN(const proto::EnrolmentTokenRequest request, proto::ParseEnrolmentTokenRequest(call.request.body));
  proto::EnrolmentToken answer;
  answer.token = NewEnrolmentToken(call.services.ca_fingerprint);
  answer.expires_at = call.services.NowMs() + request.ttl_s * 1000;
  VERGE_TRY(call.store().AddEnrolmentToken(TokenHash(answer.token), request.group, request.uses, answer.expires_at));
  return Json(201, proto::ToJson(answer));
}

Result<Answer> Enrol(Call& call) {
  VERGE_TRY_ASSIGN(const proto::EnrolRequest request, proto::ParseEnrolRequest(call.request.body));
  const std::string hash = TokenHash(request.token);
  const int64_t now_ms = call.services.NowMs();
  proto::EnrolAnswer answer;
  // Before the signature: nobody without a token makes the hub do public-key work.
  VERGE_TRY_ASSIGN(answer.group, call.store().CheckEnrolmentToken(hash, now_ms));
  if (!request.root.empty()) {  // before the token is used up
    VERGE_TRY_ASSIGN(answer.root, call.services.images->RootOfDigest(request.root));
  }
  DeviceRow device;
  device.id = "dev-" + sys::HexEncode(sys::RandomBytes(8));
  device.name = request.name;
  VERGE_TRY_ASSIGN(answer.certificate,
                   sys::SignClientCertificate(call.services.ca, request.csr, device.id, kCertificateDays));
  VERGE_TRY_ASSIGN(device.fingerprint, sys::CertificateFingerprint(answer.certificate));
  VERGE_TRY(call.store().Enrol(hash, device, now_ms));
  call.identity = {Identity::Kind::kDevice, device.id};
  answer.device_id = device.id;
  answer.ca = call.services.ca.certificate_pem;
  return Json(201, proto::ToJson(answer));
}

}  // namespace verge::hub
