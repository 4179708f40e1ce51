// Resizes an image by interpolating linearly between the four nearest pixels.
//
//   scale    = align_corners and out > 1 ? (in - 1) / (out - 1) : in / out      (each dimension by itself)
//   at(i)    = half_pixel_centers ? (i + 0.5) * scale - 0.5 : i * scale
//   low(i)   = max(floor(at), 0);  high(i) = min(ceil(at), in - 1);  t = at - low
//   y[i][j]  = x[low][low'] (1 - t)(1 - t') + x[high][low'] t (1 - t') + x[low][high'] (1 - t) t' + x[high][high'] t t'
//
// Positions are computed in f32, as other engines do, so that edges fall the same way; for integers in steps of 2^-10,
// the weighted sum in steps of 2^-20, rounded with halves away from zero.
//
// Attributes height, width: the output's size; align_corners, half_pixel_centers: not both
// Input     x [n, h, w, c] f32, i8, u8 or i16
// Output    y [n, height, width, c] of the same type and quantisation
#pragma once

#include "ops/define_op.h"
#include "ops/rule_checks.h"

namespace verge::ops {

struct ResizeBilinearAttrs {
  int64_t height = 1;
  int64_t width = 1;
  bool align_corners = false;
  bool half_pixel_centers = false;

  void Visit(AttrVisitor& v) {
    v.Int("height", height, 1, kMaxWindow);
    v.Int("width", width, 1, kMaxWindow);
    v.Bool("align_corners", align_corners);
    v.Bool("half_pixel_centers", half_pixel_centers);
  }
};

// Where output position i falls between two input positions of one dimension.
struct ResizeTap {
  int64_t low = 0;
  int64_t high = 0;
  float t = 0;
};
ResizeTap MakeResizeTap(const ResizeBilinearAttrs& attrs, int64_t in, int64_t out, int64_t i);

// The same for integers; t in steps of 1 / kOne.
struct ResizeTapInt {
  static constexpr int64_t kOne = 1 << 10;
  int64_t low = 0;
  int64_t high = 0;
  int64_t t = 0;
};
ResizeTapInt MakeResizeTapInt(const ResizeBilinearAttrs& attrs, int64_t in, int64_t out, int64_t i);

Status InferResizeBilinear(const InferArgs& args);
uint64_t MacsResizeBilinear(const OpAttrs& attrs, std::span<const TensorType> inputs,
                            std::span<const TensorType> outputs);

inline constexpr OpDef kResizeBilinearOp = DefineOp<ResizeBilinearAttrs, InferResizeBilinear, Arity{1, 1}>({
    .name = "resize_bilinear",
    .summary = "Image resized by linear interpolation, NHWC",
    .macs = MacsResizeBilinear,
});

}  // namespace verge::ops
