// What a build without tpm2-tss can do with a TPM.
#include "sys/tpm/tpm.h"

namespace verge::sys {
namespace {

Status None() {
  return VERGE_ERROR(kUnsupported, "this build knows no TPM: build with VERGE_TPM=ON, which needs libtss2-dev");
}

}  // namespace

Result<TpmSealed> TpmSeal(const std::string&, std::string_view, const std::vector<int>&) { return None(); }
Result<std::string> TpmUnseal(const std::string&, const TpmSealed&, const std::vector<int>&) { return None(); }

}  // namespace verge::sys
