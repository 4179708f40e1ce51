#include <algorithm>

#include "ops/elem.h"
#include "ops/index_input.h"
#include "ops/kernel.h"
#include "ops/roi_align/roi_align.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// No bin has more sample points a side, however large a region the data name.
constexpr int64_t kMaxRatio = 1024;

// The four weighted neighbours of a point; largest: the largest of them instead of their sum.
float Sample(const float* plane, int64_t h, int64_t w, float y, float x, bool largest) {
  if (!(y >= -1.0f && y <= static_cast<float>(h) && x >= -1.0f && x <= static_cast<float>(w))) return 0.0f;
  y = std::max(y, 0.0f);
  x = std::max(x, 0.0f);
  const auto y0 = std::min(static_cast<int64_t>(y), h - 1);
  const auto x0 = std::min(static_cast<int64_t>(x), w - 1);
  const int64_t y1 = std::min(y0 + 1, h - 1);
  const int64_t x1 = std::min(x0 + 1, w - 1);
  const float fy = y0 == h - 1 ? 0.0f : y - static_cast<float>(y0);
  const float fx = x0 == w - 1 ? 0.0f : x - static_cast<float>(x0);
  const float a = (1 - fy) * (1 - fx) * plane[y0 * w + x0];
  const float b = (1 - fy) * fx * plane[y0 * w + x1];
  const float c = fy * (1 - fx) * plane[y1 * w + x0];
  const float d = fy * fx * plane[y1 * w + x1];
  return largest ? std::max(std::max(a, b), std::max(c, d)) : a + b + c + d;
}

struct Region {
  float y, x, bin_h, bin_w;
  int64_t points_h, points_w;
};

Region MakeRegion(const RoiAlignAttrs& a, const float* roi) {
  const float shift = a.half_pixel ? 0.5f : 0.0f;
  Region r{};
  r.x = roi[0] * a.scale - shift;
  r.y = roi[1] * a.scale - shift;
  float w = roi[2] * a.scale - shift - r.x;
  float h = roi[3] * a.scale - shift - r.y;
  if (!a.half_pixel) {
    w = std::max(w, 1.0f);
    h = std::max(h, 1.0f);
  }
  r.bin_h = h / static_cast<float>(a.height);
  r.bin_w = w / static_cast<float>(a.width);
  const auto points = [&](float bin) {
    if (a.ratio > 0) return a.ratio;
    return bin > 1.0f ? static_cast<int64_t>(std::min(std::ceil(bin), static_cast<float>(kMaxRatio))) : int64_t{1};
  };
  r.points_h = points(r.bin_h);
  r.points_w = points(r.bin_w);
  return r;
}

float Bin(const RoiAlignAttrs& a, const Region& r, const float* plane, int64_t h, int64_t w, int64_t i, int64_t j) {
  float sum = 0;
  for (int64_t p = 0; p < r.points_h; ++p) {
    for (int64_t q = 0; q < r.points_w; ++q) {
      const float y =
          r.y + r.bin_h * (static_cast<float>(i) + (static_cast<float>(p) + 0.5f) / static_cast<float>(r.points_h));
      const float x =
          r.x + r.bin_w * (static_cast<float>(j) + (static_cast<float>(q) + 0.5f) / static_cast<float>(r.points_w));
      const float value = Sample(plane, h, w, y, x, a.max);
      sum = a.max ? (p + q == 0 ? value : std::max(sum, value)) : sum + value;
    }
  }
  return a.max ? sum : sum / static_cast<float>(r.points_h * r.points_w);
}

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<RoiAlignAttrs>();
  const Shape& xs = args.inputs[0].shape();
  auto* y = args.outputs[0].as<float>();
  for (int64_t r = 0; r < args.outputs[0].shape()[0]; ++r) {
    const Region region = MakeRegion(a, args.inputs[1].as<const float>() + r * 4);
    const int64_t image = IndexAt(args.inputs[2], static_cast<size_t>(r), xs[0]);
    for (int64_t c = 0; c < xs[1]; ++c) {
      const float* plane = args.inputs[0].as<const float>() + (image * xs[1] + c) * xs[2] * xs[3];
      for (int64_t i = 0; i < a.height; ++i) {
        for (int64_t j = 0; j < a.width; ++j) *y++ = Bin(a, region, plane, xs[2], xs[3], i, j);
      }
    }
  }
}

}  // namespace

extern const Kernel kRoiAlignRef = {"roi_align_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
