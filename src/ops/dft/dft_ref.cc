#include <algorithm>

#include "ops/dft/dft.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T>
void RunTyped(const RunArgs& args) {
  const auto& attrs = args.attrs.As<DftAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const int axis = NormaliseAxis(attrs.axis, xs.rank()).value();
  const AxisSplit in = SplitAtAxis(xs, axis);
  const AxisSplit out = SplitAtAxis(ys, axis);
  const auto parts = static_cast<size_t>(xs[xs.rank() - 1]);
  const size_t length = attrs.length > 0 ? static_cast<size_t>(attrs.length) : in.size;
  const size_t columns = in.inner / parts;
  const double turn = (attrs.inverse ? 2 : -2) * 3.14159265358979323846 / static_cast<double>(length);
  for (size_t o = 0; o < in.outer * columns; ++o) {
    const T* x = args.inputs[0].as<const T>() + (o / columns * in.size * columns + o % columns) * parts;
    T* y = args.outputs[0].as<T>() + (o / columns * out.size * columns + o % columns) * 2;
    for (size_t k = 0; k < out.size; ++k) {
      double re = 0;
      double im = 0;
      for (size_t n = 0; n < std::min(length, in.size); ++n) {
        const double angle = turn * static_cast<double>(k * n % length);
        const double a = static_cast<double>(x[n * in.inner]);
        const double b = parts == 2 ? static_cast<double>(x[n * in.inner + 1]) : 0.0;
        re += a * std::cos(angle) - b * std::sin(angle);
        im += a * std::sin(angle) + b * std::cos(angle);
      }
      const double scale = attrs.inverse ? 1.0 / static_cast<double>(length) : 1.0;
      y[k * out.inner] = static_cast<T>(re * scale);
      y[k * out.inner + 1] = static_cast<T>(im * scale);
    }
  }
}

void Run(const RunArgs& args) {
  if (args.inputs[0].dtype() == DType::kF32) return RunTyped<float>(args);
  RunTyped<double>(args);
}

}  // namespace

extern const Kernel kDftRef = {"dft_float__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
