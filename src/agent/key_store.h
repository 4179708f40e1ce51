// The device's secret key on its disk: a file that only its owner reads, or a file that only this machine's TPM opens.
//
//   device.key       the PEM text, mode 0600; refused when group or others may read it
//   device.key.tpm   JSON: how to reach the TPM, the PCRs, a sealed 32-byte key (sys/tpm/tpm.h) and the PEM text
//                    encrypted with that key. Useless on another machine, and on this one after it started something
//                    else
//
// Errors    kPermission: the file is open to others, or the TPM does not release the key; the message says what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::agent {

class StatePaths;

// Where the key is kept. `tcti` "": in a plain file.
struct KeyProtection {
  std::string tcti;
  std::vector<int> pcrs;
};
// "0,2,4,7" -> rising numbers from 0 to 23.
Result<std::vector<int>> ParsePcrs(std::string_view text);

// Durable.
Status SaveDeviceKey(const StatePaths& paths, const std::string& pem, const KeyProtection& protection);
Result<std::string> LoadDeviceKey(const StatePaths& paths);

}  // namespace verge::agent
