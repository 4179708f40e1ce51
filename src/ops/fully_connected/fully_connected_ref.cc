#include "ops/fully_connected/fully_connected.h"
#include "ops/kernel.h"
#include "ops/layer_int_ref.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<FullyConnectedAttrs>();
  const Shape& ws = args.inputs[1].shape();
  const int64_t rows = static_cast<int64_t>(args.outputs[0].shape().elems()) / ws[0];
  if (LayerFormOf(args.inputs[0].dtype(), args.inputs[1].dtype()) != LayerForm::kFloat) {
    return RunLayer(args, {a.activation, Halves::kUp, rows, a.asymmetric_inputs}, [&](int64_t row, int64_t o, auto f) {
      for (int64_t i = 0; i < ws[1]; ++i) f(row * ws[1] + i, o * ws[1] + i);
    });
  }
  const ActivationRange range = RangeOf(a.activation);
  const Tensor* bias = BiasOf(args);
  auto* y = args.outputs[0].as<float>();
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = args.inputs[0].as<const float>() + row * ws[1];
    for (int64_t o = 0; o < ws[0]; ++o) {
      const float* w = args.inputs[1].as<const float>() + o * ws[1];
      double sum = bias != nullptr ? static_cast<double>(bias->as<const float>()[o]) : 0.0;
      for (int64_t i = 0; i < ws[1]; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(w[i]);
      *y++ = range.Clamp(static_cast<float>(sum));
    }
  }
}

}  // namespace

extern const Kernel kFullyConnectedRef = {"fully_connected_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
