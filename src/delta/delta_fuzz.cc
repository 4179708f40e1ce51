// Any bytes as a delta: no crash, no output beyond the size in its header, and Ok only for the right digest. The first
// byte says how much of the input is the base.
#include "delta/delta.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sys/crypto/hash.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge;
  if (size < 1) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view base = input.substr(1, uint8_t(input[0]));
  const std::string_view delta = input.substr(1 + base.size());
  const Result<delta::Info> info = delta::ReadInfo(delta);
  if (info.ok() && info->target_bytes > (uint64_t{1} << 20)) return 0;  // right, but slow
  uint64_t written = 0;
  sys::Sha256 hash;
  const Status applied = delta::Apply(base, delta, [&](std::string_view bytes) {
    written += bytes.size();
    hash.Update(bytes);
    return Status::Ok();
  });
  if (!info.ok()) {
    if (applied.ok() || written > 0) std::abort();
  } else if (written > info->target_bytes) {
    std::abort();
  } else if (applied.ok() && (written != info->target_bytes || sys::DigestName(hash.Finish()) != info->target_digest)) {
    std::abort();
  }
  return 0;
}
