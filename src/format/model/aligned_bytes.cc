#include "format/model/aligned_bytes.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

#include "base/checked.h"
#include "format/model/layout.h"

namespace verge::format {

// Memory of the C library, because calloc knows which pages are zero already. In front of what it gives up is the
// distance to its beginning.
void AlignedBytes::Free::operator()(std::byte* p) const {
  if (p != nullptr) std::free(p - static_cast<uint8_t>(p[-1]));  // NOLINT(cppcoreguidelines-no-malloc): of calloc
}

Result<AlignedBytes> AlignedBytes::Allocate(size_t bytes) {
  static_assert(kModelAlignment <= 128);  // the distance is one byte
  const std::optional<size_t> padded = CheckedAdd(bytes, kModelAlignment);
  void* const fresh = padded ? std::calloc(1, *padded) : nullptr;  // NOLINT(cppcoreguidelines-no-malloc): see above
  auto* const start = static_cast<std::byte*>(fresh);
  if (start == nullptr) {
    return VERGE_ERROR(kResourceExhausted, "no memory for " + std::to_string(bytes) + " bytes of a model");
  }
  const size_t distance = kModelAlignment - reinterpret_cast<uintptr_t>(start) % kModelAlignment;
  AlignedBytes out;
  out.data_.reset(start + distance);
  out.data_.get()[-1] = static_cast<std::byte>(distance);
  out.size_ = bytes;
  return out;
}

Result<AlignedBytes> AlignedBytes::CopyOf(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(AlignedBytes out, Allocate(bytes.size()));
  if (!bytes.empty()) std::memcpy(out.data_.get(), bytes.data(), bytes.size());
  return out;
}

}  // namespace verge::format
