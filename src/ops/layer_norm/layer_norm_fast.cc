// Rows of layer_norm as loops that any compiler turns into vector code: sums in kLanes parts, in f32.
#include <cmath>

#include "kernels/parallel_range.h"
#include "ops/kernel.h"
#include "ops/layer_norm/layer_norm.h"

namespace verge::ops {
namespace {

constexpr size_t kLanes = 16;
constexpr size_t kGrain = 8192;  // elements a thread takes at least

bool Supports(const PrepareArgs& /*args*/) { return true; }

// The sum of f(x[i]).
template <typename F>
float Sum(const float* x, size_t count, F f) {
  float parts[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) parts[k] += f(x[i + k]);
  }
  float sum = 0;
  for (; i < count; ++i) sum += f(x[i]);
  for (const float part : parts) sum += part;
  return sum;
}

void Row(const float* x, const float* scale, const float* offset, float* y, size_t count, float epsilon) {
  const auto share = 1 / static_cast<float>(count);
  const float mean = Sum(x, count, [](float v) { return v; }) * share;
  const float variance = Sum(x, count, [=](float v) { return (v - mean) * (v - mean); }) * share;
  const float inverse = 1 / std::sqrt(variance + epsilon);
  if (scale != nullptr && offset != nullptr) {
    for (size_t i = 0; i < count; ++i) y[i] = (x[i] - mean) * inverse * scale[i] + offset[i];
    return;
  }
  for (size_t i = 0; i < count; ++i) y[i] = (x[i] - mean) * inverse;
  if (scale != nullptr) {
    for (size_t i = 0; i < count; ++i) y[i] *= scale[i];
  }
  if (offset != nullptr) {
    for (size_t i = 0; i < count; ++i) y[i] += offset[i];
  }
}

const float* Optional(const RunArgs& args, size_t i) {
  return i < args.inputs.size() ? args.inputs[i].as<const float>() : nullptr;
}

void Run(const RunArgs& args) {
  const Shape& shape = args.inputs[0].shape();
  const auto count = static_cast<size_t>(shape[shape.rank() - 1]);
  const float epsilon = args.attrs.As<LayerNormAttrs>().epsilon;
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  kernels::ParallelRange(args.parallel, count == 0 ? 0 : shape.elems() / count, kGrain / (count + 1) + 1,
                         [&](size_t begin, size_t end) {
                           for (size_t r = begin; r < end; ++r) {
                             Row(x + r * count, Optional(args, 1), Optional(args, 2), y + r * count, count, epsilon);
                           }
                         });
}

constexpr Kernel kLoops = {"layer_norm_f32_loops__any", Supports, nullptr, nullptr, Run};
constexpr const Kernel* kKernels[] = {&kLoops};

}  // namespace

extern const std::span<const Kernel* const> kLayerNormFast = kKernels;

}  // namespace verge::ops
