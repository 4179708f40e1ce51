// Makes this machine a device of a hub: one-time token -> key pair -> certificate.
#pragma once

#include <string>

#include "agent/identity.h"
#include "base/status.h"

namespace verge::agent {

struct EnrolOptions {
  std::string state_dir;
  std::string hub;    // https://host:port
  std::string token;  // vet1.<secret>.<first 32 hex of the hub's CA fingerprint>[.<hex SHA-256 of root.json>]
  std::string root;   // path of the publisher's root.json; "" when the token names its digest
  std::string name;   // for people; "" takes the host's name
  KeyProtection protection;
};

struct TokenParts {
  std::string for_hub;      // what the hub gave out and may see
  std::string ca_pin;       // 32 hex digits
  std::string root_sha256;  // 64 hex digits, or ""
};
// kInvalidArgument says what a token looks like.
Result<TokenParts> SplitToken(const std::string& token);

// Speaks only to a hub whose CA fits the token, and trusts only the root that the owner gave: by file, or by digest in
// the token. Never one that the hub alone names. The private key never leaves the state folder. Nothing of an identity
// is left behind unless all of it was written. kAlreadyExists: enrolled before.
Result<Identity> Enrol(const EnrolOptions& options);

}  // namespace verge::agent
