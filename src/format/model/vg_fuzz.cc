// Verification of foreign model files, once as they come and once with the checksums made right.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/model/aligned_bytes.h"
#include "format/model/crc32c.h"
#include "format/model/model.h"

namespace {

constexpr uint64_t kMaxDecodedBytes = uint64_t{64} << 20;

void FixHeader(std::span<std::byte> bytes) {
  verge::format::ModelHeader header;
  if (bytes.size() < sizeof(header)) return;
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.magic = verge::format::kModelMagic;
  header.major = verge::format::kModelMajor;
  header.required &= verge::format::kKnownFeatures;
  header.reserved = 0;
  header.file_bytes = bytes.size();
  header.graph_offset = sizeof(header);
  header.graph_bytes = std::min<uint64_t>(header.graph_bytes, bytes.size() - sizeof(header));
  header.weights_offset = std::min<uint64_t>((64 + header.graph_bytes + 63) / 64 * 64, bytes.size());
  header.weights_bytes = bytes.size() - header.weights_offset;
  std::memcpy(bytes.data(), &header, sizeof(header));
  header.head_crc = verge::format::Crc32c(bytes.subspan(sizeof(header), static_cast<size_t>(header.graph_bytes)),
                                          verge::format::Crc32c(bytes.first(60)));
  std::memcpy(bytes.data(), &header, sizeof(header));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto bytes = verge::format::AlignedBytes::CopyOf({reinterpret_cast<const std::byte*>(data), size});
  if (!bytes.ok()) return 0;
  const auto as_it_is =
      verge::format::VerifiedModel::Verify(bytes->bytes(), nullptr, {.max_decoded_bytes = kMaxDecodedBytes});
  FixHeader(bytes->bytes());
  const auto forged = verge::format::VerifiedModel::Verify(
      bytes->bytes(), nullptr, {.check_weights = false, .max_decoded_bytes = kMaxDecodedBytes});
  (void)as_it_is;
  (void)forged;
  return 0;
}
