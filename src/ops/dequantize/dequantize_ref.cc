#include "ops/dequantize/dequantize.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T>
void RunInteger(const Tensor& x, float* y) {
  const QuantView& q = x.type.quant;
  size_t inner = 1;  // elements that share one index of the axis
  for (int d = q.axis + 1; q.scales.size() > 1 && d < x.shape().rank(); ++d) inner *= static_cast<size_t>(x.shape()[d]);
  const auto* px = x.as<const T>();
  const size_t count = x.shape().elems();
  for (size_t i = 0; i < count; ++i) {
    const size_t k = q.scales.size() == 1 ? 0 : i / inner % q.scales.size();
    y[i] = q.scales[k] * static_cast<float>(static_cast<int64_t>(px[i]) - q.zero_points[k]);
  }
}

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  auto* y = args.outputs[0].as<float>();
  switch (x.dtype()) {
    case DType::kI8: return RunInteger<int8_t>(x, y);
    case DType::kU8: return RunInteger<uint8_t>(x, y);
    case DType::kI16: return RunInteger<int16_t>(x, y);
    case DType::kI32: return RunInteger<int32_t>(x, y);
    default: break;  // f16: the shape rule admits nothing else
  }
  const auto* half = x.as<const uint16_t>();
  const size_t count = x.shape().elems();
  for (size_t i = 0; i < count; ++i) y[i] = HalfToFloat(half[i]);
}

}  // namespace

extern const Kernel kDequantizeRef = {"dequantize_any_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
