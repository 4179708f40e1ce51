// The plain integer and hybrid forms of the layers with weights, over any way to list the products of one output
// element; for reference kernels.
#pragma once

#include "ops/kernel.h"
#include "ops/quant_layer.h"

namespace verge::ops {

inline const Tensor* BiasOf(const RunArgs& args) {
  return args.inputs.size() > 2 && args.inputs[2].data != nullptr ? &args.inputs[2] : nullptr;
}

// `taps(row, o, f)` calls f(x index, w index) for each product of element [row][o] of the output seen as a matrix with
// a row a pixel.
template <typename X, typename W, typename Sum, typename Taps>
void RunIntLayer(const RunArgs& args, int32_t activation, Halves halves, const Taps& taps) {
  const Tensor& y = args.outputs[0];
  const LayerQuant q(args.inputs[0].type, args.inputs[1].type, y.type, activation, halves);
  const auto* x = args.inputs[0].as<const X>();
  const auto* w = args.inputs[1].as<const W>();
  const int64_t channels = y.shape()[y.shape().rank() - 1];
  const int64_t rows = static_cast<int64_t>(y.shape().elems()) / channels;
  for (int64_t o = 0; o < channels; ++o) {
    const auto channel = static_cast<size_t>(o);
    const FixedScale scale = q.scale(channel);
    const int32_t w_zero = q.w_zero(channel);
    for (int64_t row = 0; row < rows; ++row) {
      int64_t sum = BiasAt(BiasOf(args), channel);
      taps(row, o, [&](int64_t i, int64_t k) { sum += (int64_t{x[i]} - q.x_zero()) * (int64_t{w[k]} - w_zero); });
      y.as<X>()[row * channels + o] = static_cast<X>(q.Finish(static_cast<Sum>(sum), scale));
    }
  }
}

// The same with an output of f32.
template <typename Taps>
void RunRealLayer(const RunArgs& args, int32_t activation, Halves halves, const Taps& taps) {
  const Tensor& y = args.outputs[0];
  const LayerQuant q(args.inputs[0].type, args.inputs[1].type, y.type, activation, halves);
  const auto* x = args.inputs[0].as<const int8_t>();
  const auto* w = args.inputs[1].as<const int8_t>();
  const int64_t channels = y.shape()[y.shape().rank() - 1];
  const int64_t rows = static_cast<int64_t>(y.shape().elems()) / channels;
  for (int64_t o = 0; o < channels; ++o) {
    const auto channel = static_cast<size_t>(o);
    const float step = q.step(channel);
    const int32_t w_zero = q.w_zero(channel);
    for (int64_t row = 0; row < rows; ++row) {
      int64_t sum = BiasAt(BiasOf(args), channel);
      taps(row, o, [&](int64_t i, int64_t k) { sum += (int64_t{x[i]} - q.x_zero()) * (int64_t{w[k]} - w_zero); });
      y.as<float>()[row * channels + o] = q.Real(static_cast<int32_t>(sum), step);
    }
  }
}

struct LayerPlan {
  int32_t activation = kNoActivation;
  Halves halves = Halves::kUp;
  int64_t batches = 1;  // hybrid: parts of x, each quantised by itself
  bool is_asymmetric = false;
};

template <typename Taps>
void RunHybridLayer(const RunArgs& args, const LayerPlan& plan, const Taps& taps) {
  const Tensor& y = args.outputs[0];
  const ActivationRange range = RangeOf(plan.activation);
  const QuantView& wq = args.inputs[1].type.quant;
  const auto* x = args.inputs[0].as<const float>();
  const auto* w = args.inputs[1].as<const int8_t>();
  const Tensor* bias = BiasOf(args);
  const int64_t channels = y.shape()[y.shape().rank() - 1];
  const int64_t rows = static_cast<int64_t>(y.shape().elems()) / channels / plan.batches;
  const auto part = static_cast<int64_t>(args.inputs[0].shape().elems()) / plan.batches;
  for (int64_t n = 0; n < plan.batches; ++n) {
    const RowQuant q(x + n * part, static_cast<size_t>(part), plan.is_asymmetric);
    for (int64_t row = n * rows; row < (n + 1) * rows; ++row) {
      for (int64_t o = 0; o < channels; ++o) {
        int64_t sum = 0;
        taps(row, o, [&](int64_t i, int64_t k) { sum += (int64_t{q.Quantise(x[i])} - q.zero) * w[k]; });
        const float scale = wq.scales[wq.scales.size() == 1 ? 0 : static_cast<size_t>(o)];
        const float start = bias != nullptr ? bias->as<const float>()[o] : 0.0f;
        y.as<float>()[row * channels + o] = range.Clamp(start + static_cast<float>(sum) * (q.scale * scale));
      }
    }
  }
}

// Every form but that of floats.
template <typename Taps>
void RunLayer(const RunArgs& args, const LayerPlan& plan, const Taps& taps) {
  switch (LayerFormOf(args.inputs[0].dtype(), args.inputs[1].dtype())) {
    case LayerForm::kFloat: return;
    case LayerForm::kInt8:
      if (args.outputs[0].dtype() == DType::kF32) return RunRealLayer(args, plan.activation, plan.halves, taps);
      return RunIntLayer<int8_t, int8_t, int32_t>(args, plan.activation, plan.halves, taps);
    case LayerForm::kUint8: return RunIntLayer<uint8_t, uint8_t, int32_t>(args, plan.activation, plan.halves, taps);
    case LayerForm::kInt16:
      if (BiasOf(args) != nullptr && BiasOf(args)->dtype() == DType::kI32) {
        return RunIntLayer<int16_t, int8_t, int32_t>(args, plan.activation, plan.halves, taps);
      }
      return RunIntLayer<int16_t, int8_t, int64_t>(args, plan.activation, plan.halves, taps);
    case LayerForm::kHybrid: return RunHybridLayer(args, plan, taps);
  }
}

// Calls f(offset of the pixel in x, number of the tap) for each tap of the window that output pixel `row` (of all
// images, one after the other) sees; for conv2d and depthwise_conv2d.
template <typename Attrs, typename F>
void ForEachPixel(const Attrs& a, const Shape& xs, const Shape& ws, const Shape& ys, int64_t row, F f) {
  const int64_t j = row % ys[2];
  const int64_t i = row / ys[2] % ys[1];
  const int64_t n = row / ys[2] / ys[1];
  for (int64_t p = 0; p < ws[1]; ++p) {
    const int64_t y_in = i * a.stride_h + p * a.dilation_h - a.pad_top;
    if (y_in < 0 || y_in >= xs[1]) continue;
    for (int64_t q = 0; q < ws[2]; ++q) {
      const int64_t x_in = j * a.stride_w + q * a.dilation_w - a.pad_left;
      if (x_in >= 0 && x_in < xs[2]) f(((n * xs[1] + y_in) * xs[2] + x_in) * xs[3], p * ws[2] + q);
    }
  }
}

}  // namespace verge::ops
