#include "format/model/aligned_bytes.h"

#include <cstring>
#include <new>
#include <string>

#include "format/model/layout.h"

namespace verge::format {

void AlignedBytes::Free::operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{kModelAlignment}); }

Result<AlignedBytes> AlignedBytes::Allocate(size_t bytes) {
  AlignedBytes out;
  out.data_.reset(static_cast<std::byte*>(
      ::operator new[](bytes > 0 ? bytes : 1, std::align_val_t{kModelAlignment}, std::nothrow)));
  if (out.data_ == nullptr) {
    return VERGE_ERROR(kResourceExhausted, "no memory for " + std::to_string(bytes) + " bytes of a model");
  }
  out.size_ = bytes;
  std::memset(out.data_.get(), 0, bytes);
  return out;
}

Result<AlignedBytes> AlignedBytes::CopyOf(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(AlignedBytes out, Allocate(bytes.size()));
  if (!bytes.empty()) std::memcpy(out.data_.get(), bytes.data(), bytes.size());
  return out;
}

}  // namespace verge::format
