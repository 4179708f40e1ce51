// Who is asking.
//
// Operators bring a token (Bearer, or the password of Basic), devices the client certificate they got at enrolment.
// Threads   free functions over the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "hub/store/store.h"
#include "sys/http/server.h"

namespace verge::hub {

struct Identity {
  enum class Kind : uint8_t { kNobody, kOperator, kDevice };
  Kind kind = Kind::kNobody;
  std::string name;  // operator's name or device id

  // "operator:admin", "device:dev-1", "": for the access log.
  std::string ToString() const;
};

// kNobody when the request carries no credentials. kPermission when it carries some that do not hold: an unknown token,
// or the certificate of a removed device. Credentials are never part of the message.
Result<Identity> Identify(Store& store, const sys::http::Request& request);

// "vop1.<43 characters>": 256 random bits.
std::string NewOperatorToken();
// "vet1.<secret>.<first 32 hex digits of the CA certificate's SHA-256>"
std::string NewEnrolmentToken(std::string_view ca_fingerprint);
// As the store keeps both kinds.
std::string TokenHash(std::string_view token);

}  // namespace verge::hub
