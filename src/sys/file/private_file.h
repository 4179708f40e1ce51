// Reading a file that holds a secret.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace verge::sys {

// The bytes of a regular file of at most `limit_bytes`. kPermission when group or others may read or write it: then the
// secret may be known already, and the message says so. Other errors as ReadFile.
Result<std::string> ReadPrivateFile(const std::string& path, uint64_t limit_bytes);

}  // namespace verge::sys
