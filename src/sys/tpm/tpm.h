// A secret that a TPM 2.0 gives back only while the machine's measured state is what it was: the door to tpm2-tss.
//
// The secret becomes a sealed object under the owner hierarchy's primary key (ECC P-256, made anew each time from the
// TPM's seed), with a policy over PCRs of the SHA-256 bank: firmware, boot loader and kernel measure what they start
// into these, and nothing but a reset takes a measurement back. The object outside of the TPM is of no use without it.
// Answers travel to us encrypted (a salted session), so a probe on the bus sees nothing.
//
// Threads   re-entrant; a TPM serves one call at a time.
// Errors    kPermission: the PCRs are not what they were | kUnavailable: no TPM there, or it does not answer |
//           kUnsupported: built without VERGE_TPM | kInvalidArgument: a secret or PCR out of range | kDataLoss: not a
//           sealed object of this TPM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace verge::sys {

inline constexpr size_t kMaxTpmSecretBytes = 128;  // MAX_SYM_DATA of the TPM specification
inline constexpr int kTpmPcrs = 24;

struct TpmSealed {
  std::string public_part;   // TPM2B_PUBLIC
  std::string private_part;  // TPM2B_PRIVATE, encrypted by the TPM
};

// `tcti`: how to reach it, as tpm2-tss writes it: "device:/dev/tpmrm0", "swtpm:path=/run/swtpm". `pcrs`: rising, from 0
// to 23, at least one; their values now are those that Unseal will want.
Result<TpmSealed> TpmSeal(const std::string& tcti, std::string_view secret, const std::vector<int>& pcrs);
Result<std::string> TpmUnseal(const std::string& tcti, const TpmSealed& sealed, const std::vector<int>& pcrs);

}  // namespace verge::sys
