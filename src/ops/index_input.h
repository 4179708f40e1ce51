// Indices that come from tensors: the only numbers a kernel cannot trust.
#pragma once

#include <algorithm>

#include "ops/elem.h"
#include "ops/wrap.h"

namespace verge::ops {

// Element i of an i32 or i64 tensor as an index into `size` elements: negative ones count from the end, those outside
// give the nearest element, so that a hostile index reads the wrong number but never other memory.
inline int64_t IndexAt(const Tensor& t, size_t i, int64_t size) {
  const int64_t index = IntAt(t, i);
  return std::clamp<int64_t>(index < 0 ? index + size : index, 0, size - 1);
}

// How a scattered element joins the one that is there.
enum class ScatterKind : int32_t { kReplace, kAdd, kMul, kMax, kMin };
inline constexpr const char* kScatterKindNames[] = {"none", "add", "mul", "max", "min"};

template <typename T>
T Scatter(ScatterKind kind, T there, T x) {
  using C = Compute<T>;
  const C a = static_cast<C>(there);
  const C b = static_cast<C>(x);
  switch (kind) {
    case ScatterKind::kReplace: return x;
    case ScatterKind::kAdd: return T(static_cast<C>(Plus(a, b)));
    case ScatterKind::kMul: return T(static_cast<C>(Multiply(a, b)));
    case ScatterKind::kMax: return a > b ? there : x;
    case ScatterKind::kMin: return a < b ? there : x;
  }
  return x;
}

}  // namespace verge::ops
