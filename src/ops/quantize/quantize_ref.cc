#include "ops/quantize/quantize.h"

#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const size_t count = x.shape().elems();
  const bool half_even = args.attrs.As<QuantizeAttrs>().half_even;
  DispatchQuantised(y.dtype(), [&]<typename Y>() {
    if (x.dtype() == DType::kF32) {
      const ScaleZero to = ScaleOf(y);
      const QuantRange range = RangeOfDType(y.dtype());
      for (size_t i = 0; half_even && i < count; ++i) {
        y.as<Y>()[i] = static_cast<Y>(QuantiseHalfEven(x.as<const float>()[i], to.scale, to.zero_point, range));
      }
      for (size_t i = 0; !half_even && i < count; ++i) {
        y.as<Y>()[i] = static_cast<Y>(QuantiseReal(x.as<const float>()[i], to.scale, to.zero_point, range));
      }
      return;
    }
    const RescaleQuant q(x.type, y.type);
    DispatchQuantised(x.dtype(), [&]<typename X>() {
      for (size_t i = 0; i < count; ++i) y.as<Y>()[i] = static_cast<Y>(q(x.as<const X>()[i]));
    });
  });
}

}  // namespace

extern const Kernel kQuantizeRef = {"quantize_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
