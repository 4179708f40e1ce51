#include "decode/blazeface.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace verge::decode {
namespace {

constexpr float kInputSize = 128;
constexpr size_t kFineCells = 16, kFineAnchors = 2, kCoarseCells = 8, kCoarseAnchors = 6;
constexpr size_t kFine = kFineCells * kFineCells * kFineAnchors;
constexpr size_t kAnchors = kFine + kCoarseCells * kCoarseCells * kCoarseAnchors;
constexpr size_t kNumbers = 4 + size_t{2} * kBlazefacePoints;  // of one anchor

std::array<float, 2> CentreOf(size_t anchor) {
  const bool is_fine = anchor < kFine;
  const size_t cells = is_fine ? kFineCells : kCoarseCells;
  const size_t cell = is_fine ? anchor / kFineAnchors : (anchor - kFine) / kCoarseAnchors;
  return {(static_cast<float>(cell % cells) + 0.5f) / static_cast<float>(cells),
          (static_cast<float>(cell / cells) + 0.5f) / static_cast<float>(cells)};
}

}  // namespace

Result<Face> DecodeBlazeface(std::span<const float> offsets, std::span<const float> scores) {
  if (scores.size() != kAnchors || offsets.size() != kAnchors * kNumbers) {
    return VERGE_ERROR(kInvalidArgument, "BlazeFace has 896 scores and 896 x 16 offsets; got " +
                                             std::to_string(scores.size()) + " and " + std::to_string(offsets.size()));
  }
  const auto best = static_cast<size_t>(std::ranges::max_element(scores) - scores.begin());
  const std::span<const float> t = offsets.subspan(best * kNumbers, kNumbers);
  const auto [x, y] = CentreOf(best);
  Face face;
  face.score = 1 / (1 + std::exp(-scores[best]));
  face.cx = x + t[0] / kInputSize;
  face.cy = y + t[1] / kInputSize;
  face.w = t[2] / kInputSize;
  face.h = t[3] / kInputSize;
  for (size_t k = 0; k < kBlazefacePoints; ++k) {
    face.points[k] = {x + t[4 + 2 * k] / kInputSize, y + t[5 + 2 * k] / kInputSize};
  }
  return face;
}

}  // namespace verge::decode
