// The keys that a hub signs with: timestamp, snapshot and director. In DATA/online, made when they are missing.
#pragma once

#include <string>

#include "base/status.h"
#include "sys/crypto/sign.h"

namespace verge::hub {

struct OnlineKeys {
  sys::Ed25519KeyPair timestamp, snapshot, director;
};
Result<OnlineKeys> LoadOnlineKeys(const std::string& data_dir);
// {"timestamp":KEY,"snapshot":KEY,"director":KEY} with the public keys, for the publisher's root.
std::string PublicKeysJson(const OnlineKeys& keys);

}  // namespace verge::hub
