#include <algorithm>
#include <limits>

#include "ops/hybrid_product.h"
#include "ops/kernel.h"
#include "ops/quant.h"
#include "ops/svdf/svdf.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  Scratch scratch(nullptr);
  TakeHybrid(scratch, static_cast<size_t>(args.inputs[kSvdfX].type.shape[1]), args.inputs[kSvdfFeature].type.dtype);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

struct Sizes {
  size_t batch;
  size_t in;
  size_t filters;
  size_t memory;
  size_t units;
  size_t rank;
};

Sizes SizesOf(const RunArgs& args) {
  const Shape& x = args.inputs[kSvdfX].shape();
  const Shape& time = args.inputs[kSvdfTime].shape();
  const auto rank = static_cast<size_t>(args.attrs.As<SvdfAttrs>().rank);
  const auto filters = static_cast<size_t>(time[0]);
  return {static_cast<size_t>(x[0]),
          static_cast<size_t>(x[1]),
          filters,
          static_cast<size_t>(time[1]),
          filters / rank,
          rank};
}

// The memory of row `b` with each filter's part shifted by one; the last places are free.
template <typename T>
T* Shifted(const RunArgs& args, const Sizes& s, size_t b) {
  const T* old = args.inputs[kSvdfMemory].as<const T>() + b * s.filters * s.memory;
  T* now = args.outputs[1].as<T>() + b * s.filters * s.memory;
  for (size_t f = 0; f < s.filters; ++f) std::copy_n(old + f * s.memory + 1, s.memory - 1, now + f * s.memory);
  return now;
}

void RunFloat(const RunArgs& args, const Sizes& s) {
  const auto& attrs = args.attrs.As<SvdfAttrs>();
  const Tensor& feature = args.inputs[kSvdfFeature];
  const Tensor& time = args.inputs[kSvdfTime];
  const bool has_bias = args.inputs[kSvdfBias].data != nullptr;
  const auto weight = [&](size_t i) {
    if (!IsHybridDType(time.dtype())) return time.as<const float>()[i];
    return static_cast<float>(time.as<const int8_t>()[i]) * time.type.quant.scales[0];
  };
  Scratch scratch(args.scratch);
  const std::span<int8_t> quantised = TakeHybrid(scratch, s.in, feature.dtype());
  for (size_t b = 0; b < s.batch; ++b) {
    float* memory = Shifted<float>(args, s, b);
    const HybridVector x(args.inputs[kSvdfX].as<const float>() + b * s.in, s.in, feature.dtype(),
                         attrs.asymmetric_inputs, quantised);
    for (size_t f = 0; f < s.filters; ++f) memory[(f + 1) * s.memory - 1] = x.Row(feature, f);
    for (size_t u = 0; u < s.units; ++u) {
      double sum = has_bias ? static_cast<double>(args.inputs[kSvdfBias].as<const float>()[u]) : 0.0;
      for (size_t i = u * s.rank * s.memory; i < (u + 1) * s.rank * s.memory; ++i) {
        sum += static_cast<double>(weight(i)) * static_cast<double>(memory[i]);
      }
      args.outputs[0].as<float>()[b * s.units + u] = ApplyCellActivation(attrs.activation, static_cast<float>(sum));
    }
  }
}

void RunInteger(const RunArgs& args, const Sizes& s) {
  const auto scale = [&](size_t i) { return args.inputs[i].type.quant.scales[0]; };
  const QuantView& y_quant = args.outputs[0].type.quant;
  // The factors are made of f32 products, as the definition has it.
  const float memory_factor = scale(kSvdfX) * scale(kSvdfFeature) / scale(kSvdfMemory);
  const float output_factor = scale(kSvdfMemory) * scale(kSvdfTime) / y_quant.scales[0];
  const FixedScale to_memory = MakeFixedScale(static_cast<double>(memory_factor));
  const FixedScale to_output = MakeFixedScale(static_cast<double>(output_factor));
  const int32_t x_zero = args.inputs[kSvdfX].type.quant.zero_points[0];
  const int64_t y_zero = y_quant.zero_points[0];
  const bool is_relu = args.attrs.As<SvdfAttrs>().activation == static_cast<int32_t>(CellActivation::kRelu);
  const int64_t lowest = is_relu ? std::clamp<int64_t>(y_zero, -128, 127) : -128;
  const bool has_bias = args.inputs[kSvdfBias].data != nullptr;
  const auto* feature = args.inputs[kSvdfFeature].as<const int8_t>();
  const auto* time = args.inputs[kSvdfTime].as<const int16_t>();
  for (size_t b = 0; b < s.batch; ++b) {
    auto* memory = Shifted<int16_t>(args, s, b);
    const auto* x = args.inputs[kSvdfX].as<const int8_t>() + b * s.in;
    for (size_t f = 0; f < s.filters; ++f) {
      int64_t sum = 0;
      for (size_t k = 0; k < s.in; ++k) sum += int64_t{feature[f * s.in + k]} * (int64_t{x[k]} - x_zero);
      const int32_t product = Rescale(static_cast<int32_t>(sum), to_memory);
      memory[(f + 1) * s.memory - 1] = static_cast<int16_t>(std::clamp(product, -32768, 32767));
    }
    for (size_t u = 0; u < s.units; ++u) {
      int64_t sum = has_bias ? args.inputs[kSvdfBias].as<const int32_t>()[u] : 0;
      for (size_t i = u * s.rank * s.memory; i < (u + 1) * s.rank * s.memory; ++i) {
        sum += static_cast<int32_t>(time[i]) * static_cast<int32_t>(memory[i]);
      }
      const int64_t y = Rescale(static_cast<int32_t>(sum), to_output) + y_zero;
      args.outputs[0].as<int8_t>()[b * s.units + u] = static_cast<int8_t>(std::clamp<int64_t>(y, lowest, 127));
    }
  }
}

void Run(const RunArgs& args) {
  const Sizes sizes = SizesOf(args);
  if (args.inputs[kSvdfX].dtype() == DType::kI8) return RunInteger(args, sizes);
  RunFloat(args, sizes);
}

}  // namespace

extern const Kernel kSvdfRef = {"svdf_f32_s8__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
