// Sliding windows over any number of spatial dimensions, for the generic convolutions and pools: attributes, shape rule
// and the walk over the elements of one window.
#pragma once

#include <string>

#include "ops/nd_walk.h"
#include "ops/op_def.h"

namespace verge::ops {

// One number a spatial dimension; up to three of them. A list that does not fit is kept as size -1, which every rule
// refuses.
struct SpatialInts {
  int32_t size = 0;
  std::array<int32_t, 3> values{};
};
void VisitSpatial(AttrVisitor& v, const char* name, SpatialInts& ints);

struct WindowNd {
  SpatialInts strides;
  SpatialInts dilations;
  SpatialInts before;  // padding, >= 0
  SpatialInts after;

  void Visit(AttrVisitor& v) {
    VisitSpatial(v, "strides", strides);
    VisitSpatial(v, "dilations", dilations);
    VisitSpatial(v, "before", before);
    VisitSpatial(v, "after", after);
  }
};

// The list has `dims` entries from `min` to kMaxWindow.
Status CheckSpatial(const char* name, const SpatialInts& ints, int dims, int64_t min);

// Each list has `dims` entries within sane limits.
Status CheckWindowNd(const WindowNd& window, int dims);

// The kernel's extent along spatial dimension i, with dilation.
inline int64_t WindowExtent(const WindowNd& w, int i, int64_t kernel) {
  return (kernel - 1) * w.dilations.values[static_cast<size_t>(i)] + 1;
}

// How many windows of `kernel` fit along spatial dimension i of `in` elements, the last one cut short with `ceil`, as
// long as it starts inside the input or its left padding.
Result<int64_t> WindowCount(const WindowNd& w, int i, int64_t in, int64_t kernel, bool ceil);

// Calls f(input position, kernel position) for each position of the kernel that meets the input, both as offsets in
// elements when `in` has `in_strides` and `kernel` is dense. `at` is the output position; `in` and `kernel` are
// spatial.
template <typename F>
void ForEachInWindowNd(const WindowNd& w, const Shape& in, const Strides& in_strides, const Shape& kernel,
                       const std::array<int64_t, Shape::kMaxRank>& at, F f) {
  NdWalk<1> walk(kernel, {RowMajorStrides(kernel)});
  const size_t count = kernel.elems();
  for (size_t k = 0; k < count; ++k, walk.Next()) {
    int64_t offset = 0;
    bool inside = true;
    for (int d = 0; inside && d < in.rank(); ++d) {
      const auto i = static_cast<size_t>(d);
      const int64_t p = at[i] * w.strides.values[i] + walk.at(d) * w.dilations.values[i] - w.before.values[i];
      inside = p >= 0 && p < in[d];
      offset += p * in_strides[i];
    }
    if (inside) f(offset, static_cast<int64_t>(k));
  }
}

// The spatial dimensions of [n, spatial..., c].
inline Shape SpatialOf(const Shape& shape) {
  return *Shape::FromSpan(shape.dims().subspan(1, static_cast<size_t>(shape.rank() - 2)));
}

}  // namespace verge::ops
