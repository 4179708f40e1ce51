// Samples an image or a volume at the points of a grid, whose coordinates run from -1 to 1.
//
//   position = align_corners ? (g + 1) / 2 (size - 1) : ((g + 1) size - 1) / 2
//   mode     bilinear (trilinear); nearest (halves to even); bicubic (Keys, a = -0.75; images only)
//   outside  zeros; border: the nearest pixel; reflection: mirrored at the edge (align_corners: the pixel's centre)
//
// Attributes mode, padding, align_corners
// Inputs    x f32 [n, c, h, w] (channels first); grid f32 [n, oh, ow, 2]: x, y
//           or x f32 [n, c, d, h, w]; grid f32 [n, od, oh, ow, 3]: x, y, z
// Output    y f32 [n, c, oh, ow] or [n, c, od, oh, ow]
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

enum class GridMode : int32_t { kBilinear, kNearest, kBicubic };
inline constexpr const char* kGridModeNames[] = {"bilinear", "nearest", "bicubic"};
enum class GridPadding : int32_t { kZeros, kBorder, kReflection };
inline constexpr const char* kGridPaddingNames[] = {"zeros", "border", "reflection"};

struct GridSampleAttrs {
  int32_t mode = 0;
  int32_t padding = 0;
  bool align_corners = false;
  void Visit(AttrVisitor& v) {
    v.Enum("mode", mode, kGridModeNames);
    v.Enum("padding", padding, kGridPaddingNames);
    v.Bool("align_corners", align_corners);
  }
};

Status InferGridSample(const InferArgs& args);

inline constexpr OpDef kGridSampleOp = DefineOp<GridSampleAttrs, InferGridSample, Arity{2, 2}>({
    .name = "grid_sample",
    .summary = "An image or volume sampled at the points of a grid",
    .macs = NoMacs,
});

}  // namespace verge::ops
