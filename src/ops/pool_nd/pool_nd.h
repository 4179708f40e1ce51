// Pooling over any number of spatial dimensions, channels last; the generic relative of max_pool2d and avg_pool2d.
//
//   max   the largest element of the window; `indices` says which element of x it was, counted row-major
//   avg   the mean of the window's elements, divided by their number, or with count_pads also by that of its padding
//   lp    (sum |x|^p)^(1/p) over the window
//
// Attributes kind; kernel, strides, dilations, before, after: one number a spatial dimension; ceil: a last window that
// is
//           cut short also counts; count_pads; p
// Input     x [n, spatial..., c]; max: any type but bool; avg and lp: floats
// Output    y [n, out..., c] of the same type; indices i64 of that shape, optional, max only
#pragma once

#include "ops/define_op.h"
#include "ops/rule_checks.h"
#include "ops/window_nd.h"

namespace verge::ops {

enum class PoolKind : int32_t { kMax, kAvg, kLp };
inline constexpr const char* kPoolKindNames[] = {"max", "avg", "lp"};

struct PoolNdAttrs {
  WindowNd window;
  SpatialInts kernel;
  int32_t kind = 0;
  bool ceil = false;
  bool count_pads = false;
  int64_t p = 2;
  void Visit(AttrVisitor& v) {
    window.Visit(v);
    VisitSpatial(v, "kernel", kernel);
    v.Enum("kind", kind, kPoolKindNames);
    v.Bool("ceil", ceil);
    v.Bool("count_pads", count_pads);
    v.Int("p", p, 1, 64);
  }
};
static_assert(sizeof(PoolNdAttrs) <= kMaxAttrsBytes);

Status InferPoolNd(const InferArgs& args);

inline constexpr OpDef kPoolNdOp = DefineOp<PoolNdAttrs, InferPoolNd, Arity{1, 1, 1, 2}>({
    .name = "pool_nd",
    .summary = "Max, average or Lp pooling over any number of dimensions, channels last",
    .macs = NoMacs,
});

}  // namespace verge::ops
