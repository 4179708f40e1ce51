// Makes this machine a device of a hub: one-time token -> key pair -> certificate.
#pragma once

#include <string>

#include "agent/identity.h"
#include "base/status.h"

namespace verge::agent {

struct EnrolOptions {
  std::string state_dir;
  std::string hub;    // https://host:port
  std::string token;  // vet1.<secret>.<first 32 hex of the hub's CA fingerprint>
  std::string name;   // for people; "" takes the host's name
};

// The last part of a token; kInvalidArgument says what a token looks like.
Result<std::string> PinOfToken(const std::string& token);

// Speaks only to a hub whose CA fits the token. The private key never leaves the state folder. Nothing of an identity
// is left behind unless all of it was written. kAlreadyExists: enrolled before.
Result<Identity> Enrol(const EnrolOptions& options);

}  // namespace verge::agent
