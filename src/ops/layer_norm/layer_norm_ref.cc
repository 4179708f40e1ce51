#include <cmath>

#include "ops/kernel.h"
#include "ops/layer_norm/layer_norm.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Row(const float* x, const float* scale, const float* offset, float* y, size_t count, double epsilon) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]);
  const double mean = sum / static_cast<double>(count);
  double squares = 0;
  for (size_t i = 0; i < count; ++i) {
    const double distance = static_cast<double>(x[i]) - mean;
    squares += distance * distance;
  }
  const double inverse = 1 / std::sqrt(squares / static_cast<double>(count) + epsilon);
  for (size_t i = 0; i < count; ++i) {
    double value = (static_cast<double>(x[i]) - mean) * inverse;
    if (scale != nullptr) value *= static_cast<double>(scale[i]);
    if (offset != nullptr) value += static_cast<double>(offset[i]);
    y[i] = static_cast<float>(value);
  }
}

const float* Optional(const RunArgs& args, size_t i) {
  return i < args.inputs.size() ? args.inputs[i].as<const float>() : nullptr;
}

void Run(const RunArgs& args) {
  const Shape& shape = args.inputs[0].shape();
  const auto count = static_cast<size_t>(shape[shape.rank() - 1]);
  const auto epsilon = static_cast<double>(args.attrs.As<LayerNormAttrs>().epsilon);
  for (size_t start = 0; start < shape.elems(); start += count) {
    Row(args.inputs[0].as<const float>() + start, Optional(args, 1), Optional(args, 2),
        args.outputs[0].as<float>() + start, count, epsilon);
  }
}

}  // namespace

extern const Kernel kLayerNormRef = {"layer_norm_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
