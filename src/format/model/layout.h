// The fixed 64-byte header of a .vg file. docs/formats/vg.md describes every byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace verge::format {

inline constexpr size_t kModelAlignment = 64;
inline constexpr uint32_t kModelMagic = 0x4d475256;  // "VRGM", little-endian
inline constexpr uint16_t kModelMajor = 1;
inline constexpr uint16_t kModelMinor = 0;
inline constexpr uint32_t kOmittedInput = 0xffffffff;

struct ModelHeader {
  uint32_t magic = kModelMagic;
  uint16_t major = kModelMajor;
  uint16_t minor = kModelMinor;
  uint64_t file_bytes = 0;
  uint64_t graph_offset = 0;
  uint64_t graph_bytes = 0;
  uint64_t weights_offset = 0;
  uint64_t weights_bytes = 0;
  uint32_t weights_crc = 0;  // CRC-32C of the weights section
  uint32_t required = 0;     // features that a reader must know: the kFeature bits
  uint32_t reserved = 0;
  uint32_t head_crc = 0;  // CRC-32C of the 60 bytes before it and of the graph section
};
static_assert(sizeof(ModelHeader) == 64 && offsetof(ModelHeader, head_crc) == 60);

// Bits of ModelHeader::required.
inline constexpr uint32_t kFeatureStates = 1U << 0;
inline constexpr uint32_t kFeatureSubgraphs = 1U << 1;
inline constexpr uint32_t kFeatureCounted = 1U << 2;
inline constexpr uint32_t kFeatureEncoded = 1U << 3;
inline constexpr uint32_t kKnownFeatures = kFeatureStates | kFeatureSubgraphs | kFeatureCounted | kFeatureEncoded;

// Limits on what a reader accepts.
inline constexpr uint64_t kMaxGraphBytes = uint64_t{256} << 20;
inline constexpr size_t kMaxNodes = 65536;
inline constexpr size_t kMaxValues = 262144;
inline constexpr size_t kMaxNodeInputs = 4096;
inline constexpr size_t kMaxNodeOutputs = 256;
inline constexpr size_t kMaxNameBytes = 8192;
inline constexpr size_t kMaxStates = 65536;
inline constexpr size_t kMaxSubgraphs = 1024;  // of one graph
inline constexpr int kMaxSubgraphDepth = 16;
inline constexpr size_t kMaxMetadataPairs = 256;
inline constexpr size_t kMaxMetadataBytes = size_t{1} << 20;  // one key or value

}  // namespace verge::format
