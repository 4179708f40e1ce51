#include "ops/concat/concat.h"

#include <cstring>

#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

bool HasQuantOf(const Tensor& x, const Tensor& y) {
  if (!IsQuantised(x.type) || !IsQuantised(y.type)) return true;
  return ScaleOf(x).scale == ScaleOf(y).scale && ScaleOf(x).zero_point == ScaleOf(y).zero_point;
}

void CopyRescaled(const Tensor& x, const Tensor& y, const std::byte* from, std::byte* to, size_t bytes) {
  const QuantRange range = RangeOfDType(y.dtype());
  const float factor = ScaleOf(x).scale * (1.0f / ScaleOf(y).scale);
  const float offset = -static_cast<float>(ScaleOf(x).zero_point) * factor;
  DispatchQuantised(y.dtype(), [&]<typename T>() {
    const auto* px = reinterpret_cast<const T*>(from);
    auto* py = reinterpret_cast<T*>(to);
    for (size_t i = 0; i < bytes / sizeof(T); ++i) {
      const float real = static_cast<float>(px[i]) * factor + offset;
      py[i] = static_cast<T>(QuantiseReal(real, 1.0f, ScaleOf(y).zero_point, range));
    }
  });
}

void Run(const RunArgs& args) {
  const Tensor& y = args.outputs[0];
  int64_t axis = args.attrs.As<ConcatAttrs>().axis;
  if (axis < 0) axis += y.shape().rank();
  size_t outer = 1;
  size_t inner = DTypeBytes(y.dtype());
  for (int d = 0; d < y.shape().rank(); ++d)
    (d < axis ? outer : inner) *= d == axis ? 1 : static_cast<size_t>(y.shape()[d]);
  auto* to = y.as<std::byte>();
  for (size_t o = 0; o < outer; ++o) {
    for (const Tensor& x : args.inputs) {
      const size_t run = static_cast<size_t>(x.shape()[static_cast<int>(axis)]) * inner;
      const std::byte* from = x.as<const std::byte>() + o * run;
      if (HasQuantOf(x, y)) {
        std::memcpy(to, from, run);
      } else {
        CopyRescaled(x, y, from, to, run);
      }
      to += run;
    }
  }
}

}  // namespace

extern const Kernel kConcatRef = {"concat_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
