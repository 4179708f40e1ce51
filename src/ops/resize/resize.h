// Resizes a tensor along any of its dimensions, by the ONNX definition of Resize.
//
// Each output position is mapped to a position of the input by `coordinates`:
//
//   half_pixel            (i + 0.5) / scale - 0.5
//   pytorch_half_pixel    the same, -0.5 where the output has one element
//   align_corners         i (in - 1) / (out - 1), 0 where the output has one element
//   asymmetric            i / scale
//   half_pixel_for_nn     (i + 0.5) / scale
//   half_pixel_symmetric  half_pixel, moved so that both edges are cut alike when in * scale is no whole number
//   crop_and_resize       roi_start (in - 1) + i (roi_end - roi_start) (in - 1) / (out - 1); outside: `extrapolation`
//
// and there the input is read by `mode`: nearest (rounded by `nearest`), linear (2 neighbours a dimension) or cubic (4,
// Keys with cubic_a); neighbours outside repeat the edge, or with exclude_outside carry no weight. Only dimensions
// whose size or scale changes are interpolated.
//
// Attributes as above; sizes: the output's shape
// Inputs    x of a float type, nearest: any; scales f64 [rank], optional (size ratios); roi f64 [2 rank], optional (0
// and 1) Output    y of the same type Precision weights and sums in f64, rounded once
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class ResizeMode : int32_t { kNearest, kLinear, kCubic };
inline constexpr const char* kResizeModeNames[] = {"nearest", "linear", "cubic"};
enum class ResizeCoordinates : int32_t {
  kHalfPixel,
  kPytorchHalfPixel,
  kAlignCorners,
  kAsymmetric,
  kHalfPixelForNn,
  kCropAndResize,
  kHalfPixelSymmetric
};
inline constexpr const char* kResizeCoordinateNames[] = {"half_pixel",          "pytorch_half_pixel", "align_corners",
                                                         "asymmetric",          "half_pixel_for_nn",  "crop_and_resize",
                                                         "half_pixel_symmetric"};
enum class ResizeNearest : int32_t { kRoundPreferFloor, kRoundPreferCeil, kFloor, kCeil };
inline constexpr const char* kResizeNearestNames[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};

struct ResizeAttrs {
  int32_t mode = 0;
  int32_t coordinates = 0;
  int32_t nearest = 0;
  float cubic_a = -0.75f;
  bool exclude_outside = false;
  float extrapolation = 0.0f;
  IntList sizes;
  void Visit(AttrVisitor& v) {
    v.Enum("mode", mode, kResizeModeNames);
    v.Enum("coordinates", coordinates, kResizeCoordinateNames);
    v.Enum("nearest", nearest, kResizeNearestNames);
    v.Float("cubic_a", cubic_a);
    v.Bool("exclude_outside", exclude_outside);
    v.Float("extrapolation", extrapolation);
    v.Ints("sizes", sizes);
  }
};

Status InferResize(const InferArgs& args);

inline constexpr OpDef kResizeOp = DefineOp<ResizeAttrs, InferResize, Arity{1, 3}>({
    .name = "resize",
    .summary = "A tensor resized along any of its dimensions",
    .macs = NoMacs,
});

}  // namespace verge::ops
