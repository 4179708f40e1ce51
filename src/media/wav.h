// Recordings: RIFF WAVE with 8, 16, 24 or 32-bit integer or 32-bit float samples.
//
// Samples   floats in -1..1; several channels are mixed to one by their mean. 16-bit samples are exactly n / 32768.
// Limits    kMaxWavFrames in all, 64 channels; checked before memory is taken.
// Errors    kDataLoss for malformed or truncated bytes, kUnsupported for other codings, kResourceExhausted above the
//           limits.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"

namespace verge::media {

inline constexpr size_t kMaxWavFrames = size_t{1} << 28;

struct Recording {
  uint32_t rate = 0;  // frames a second
  std::vector<float> samples;
};

Result<Recording> DecodeWav(std::span<const std::byte> bytes);

}  // namespace verge::media
