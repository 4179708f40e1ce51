// Compiled once per instruction set, after isa/<name>.inl; see boxes_f32.h.
#include "kernels/boxes_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;
constexpr size_t kTogether = 4;  // vectors until the first look at what they gave

// std::min and std::max.
inline Reg Lesser(Reg a, Reg b) { return F32::SelectLess(b, a, b, a); }
inline Reg Greater(Reg a, Reg b) { return F32::SelectLess(a, b, b, a); }

// y where a > 0 or is NaN, else 0.
inline Reg OrZero(Reg a, Reg y) {
  const Reg zero = F32::Zero();
  return F32::SelectLess(zero, a, y, F32::SelectNan(a, y, zero));
}

struct Planes {
  Reg y1, x1, y2, x2, area;
};

// 1 where the boxes cover each other by more than the threshold, else 0.
template <bool kPositiveAreas>
inline Reg Covered(const Planes& a, const Planes& b, Reg threshold) {
  const Reg zero = F32::Zero();
  const Reg h = F32::Sub(Lesser(a.y2, b.y2), Greater(a.y1, b.y1));
  const Reg w = F32::Sub(Lesser(a.x2, b.x2), Greater(a.x1, b.x1));
  const Reg joint = F32::Mul(h, w);
  const Reg quotient = F32::Div(joint, F32::Sub(F32::Add(a.area, b.area), joint));
  Reg iou = OrZero(w, OrZero(h, quotient));
  if constexpr (kPositiveAreas) {
    iou = F32::SelectLess(zero, a.area, F32::SelectLess(zero, b.area, iou, zero), zero);
  }
  return F32::SelectLess(threshold, iou, F32::Set1(1.0F), zero);
}

inline Planes LoadPlanes(const float* p, size_t stride) {
  return {F32::Load(p), F32::Load(p + stride), F32::Load(p + 2 * stride), F32::Load(p + 3 * stride),
          F32::Load(p + 4 * stride)};
}
inline Planes LoadPlanesN(const float* p, size_t stride, size_t n) {
  return {F32::LoadN(p, n), F32::LoadN(p + stride, n), F32::LoadN(p + 2 * stride, n), F32::LoadN(p + 3 * stride, n),
          F32::LoadN(p + 4 * stride, n)};
}

template <bool kPositiveAreas>
bool CoversBy(const float* others, size_t stride, size_t count, const float* box, float threshold) {
  const Planes one = {F32::Set1(box[kBoxY1]), F32::Set1(box[kBoxX1]), F32::Set1(box[kBoxY2]), F32::Set1(box[kBoxX2]),
                      F32::Set1(box[kBoxArea])};
  const Reg limit = F32::Set1(threshold);
  const auto covered = [&](const Planes& other) {
    return kPositiveAreas ? Covered<true>(other, one, limit) : Covered<false>(one, other, limit);
  };
  size_t i = 0;
  while (i + kLanes <= count) {
    Reg any = F32::Zero();
    for (size_t v = 0; v < kTogether && i + kLanes <= count; ++v, i += kLanes) {
      any = F32::Max(any, covered(LoadPlanes(others + i, stride)));
    }
    if (F32::Largest(any) > 0) return true;
  }
  if (i == count) return false;
  // What stands behind the last box counts for nothing.
  alignas(64) float last[kLanes];
  F32::Store(last, covered(LoadPlanesN(others + i, stride, count - i)));
  for (size_t j = 0; j < count - i; ++j) {
    if (last[j] > 0) return true;
  }
  return false;
}

bool Covers(const float* others, size_t stride, size_t count, const float* box, float threshold, BoxRule rule) {
  return rule == BoxRule::kPositiveAreas ? CoversBy<true>(others, stride, count, box, threshold)
                                         : CoversBy<false>(others, stride, count, box, threshold);
}

}  // namespace

extern const BoxesF32Table VERGE_ISA_SYMBOL(boxes_f32);
const BoxesF32Table VERGE_ISA_SYMBOL(boxes_f32) = {VERGE_ISA_NAME, F32::kBoxesName, kLanes, Covers};

}  // namespace verge::kernels
