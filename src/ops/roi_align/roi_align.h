// Cuts regions out of an image and brings each to one size, sampling between pixels.
//
// Each region is divided into height x width bins; in each bin ratio x ratio points are sampled bilinearly, and their
// mean (or largest weighted term) is the output. ratio 0: as many points as the bin has pixels. half_pixel shifts the
// region by half a pixel; without it a region is at least one pixel large. Source: the ONNX operator definition (Mask
// R-CNN).
//
// Attributes height, width, ratio, scale, half_pixel, max
// Inputs    x f32 [n, c, h, w] (channels first); rois f32 [r, 4] x1 y1 x2 y2; batch i64 [r]: which image
// Output    y f32 [r, c, height, width]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

struct RoiAlignAttrs {
  int64_t height = 1;
  int64_t width = 1;
  int64_t ratio = 0;
  float scale = 1.0f;
  bool half_pixel = true;
  bool max = false;
  void Visit(AttrVisitor& v) {
    v.Int("height", height, 1, 1 << 16);
    v.Int("width", width, 1, 1 << 16);
    v.Int("ratio", ratio, 0, 1 << 10);
    v.Float("scale", scale);
    v.Bool("half_pixel", half_pixel);
    v.Bool("max", max);
  }
};

Status InferRoiAlign(const InferArgs& args);

inline constexpr OpDef kRoiAlignOp = DefineOp<RoiAlignAttrs, InferRoiAlign, Arity{3, 3}>({
    .name = "roi_align",
    .summary = "Regions of an image brought to one size",
    .macs = NoMacs,
});

}  // namespace verge::ops
