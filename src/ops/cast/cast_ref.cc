#include "ops/cast/cast.h"

#include "ops/elem.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename To, typename From>
To Convert(From from) {
  const auto x = static_cast<Compute<From>>(from);
  if constexpr (kIsFloat<From> && std::is_integral_v<To>) {
    if (std::isnan(x)) return 0;
    using Limits = std::numeric_limits<To>;
    // Both ends are powers of two (or 0), so they are exact as doubles; the upper one is the first value outside.
    const auto wide = static_cast<double>(x);
    if (wide <= static_cast<double>(Limits::min())) return Limits::min();
    if (wide >= std::ldexp(1.0, Limits::digits)) return Limits::max();
    return static_cast<To>(x);
  } else if constexpr (std::is_integral_v<To>) {
    return static_cast<To>(x);
  } else if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(x);
  } else {
    return To(x);
  }
}

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const size_t count = x.shape().elems();
  Dispatch(x.dtype(), [&]<typename From>() {
    Dispatch(y.dtype(), [&]<typename To>() {
      for (size_t i = 0; i < count; ++i) y.as<To>()[i] = Convert<To>(x.as<const From>()[i]);
    });
  });
}

}  // namespace

extern const Kernel kCastRef = {"cast_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
