// The most certain face of BlazeFace (short range, 128 x 128), with its six key points.
//
//   anchors   centres (i + 0.5) / 16 twice each, then (i + 0.5) / 8 six times each, rows first: 512 + 384
//   box       centre = anchor + t / 128, size = t / 128; key point k the same from t[4 + 2 k]
//   score     1 / (1 + exp(-s))
//
// Fractions of the input. Bazarevsky et al. 2019, arXiv:1907.05047.
// Errors    kInvalidArgument when the counts of the outputs do not fit.
// Threads   a pure function.
#pragma once

#include <array>
#include <span>

#include "base/status.h"

namespace verge::decode {

inline constexpr int kBlazefacePoints = 6;  // right eye, left eye, nose, mouth, right ear, left ear

struct Face {
  float score = 0;
  float cx = 0, cy = 0, w = 0, h = 0;
  std::array<std::array<float, 2>, kBlazefacePoints> points = {};  // x, y
};

// `offsets` [896, 16], `scores` [896].
Result<Face> DecodeBlazeface(std::span<const float> offsets, std::span<const float> scores);

}  // namespace verge::decode
