#include <algorithm>
#include <type_traits>

#include "ops/conv2d/conv2d.h"
#include "ops/kernel.h"
#include "ops/layer_int_ref.h"

namespace verge::ops {
namespace {

// Output channels that are summed up side by side: each in the same order as alone, but the CPU need not wait for one
// addition to begin the next.
constexpr int64_t kBlock = 8;

// kBlock (or fewer, `count`) output elements before bias and activation: image n, position (i, j), channels from o on,
// all of one group.
template <typename Count>
void Sum(const Conv2dAttrs& a, const Tensor& x, const Tensor& w, int64_t n, int64_t i, int64_t j, int64_t o,
         Count count, double* sums) {
  const Shape& xs = x.shape();
  const Shape& ws = w.shape();
  const int64_t first_c = o / (ws[0] / a.groups) * ws[3];
  const int64_t stride = ws[1] * ws[2] * ws[3];  // from one output channel's weights to the next
  for (int64_t p = 0; p < ws[1]; ++p) {
    const int64_t y_in = i * a.stride_h + p * a.dilation_h - a.pad_top;
    if (y_in < 0 || y_in >= xs[1]) continue;
    for (int64_t q = 0; q < ws[2]; ++q) {
      const int64_t x_in = j * a.stride_w + q * a.dilation_w - a.pad_left;
      if (x_in < 0 || x_in >= xs[2]) continue;
      const float* px = x.as<const float>() + ((n * xs[1] + y_in) * xs[2] + x_in) * xs[3] + first_c;
      const float* pw = w.as<const float>() + o * stride + (p * ws[2] + q) * ws[3];
      for (int64_t c = 0; c < ws[3]; ++c) {
        const auto v = static_cast<double>(px[c]);
        for (int64_t k = 0; k < count; ++k) sums[k] += v * static_cast<double>(pw[k * stride + c]);
      }
    }
  }
}

bool Supports(const PrepareArgs& /*args*/) { return true; }

void RunIntegers(const RunArgs& args) {
  const auto& a = args.attrs.As<Conv2dAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ws = args.inputs[1].shape();
  const Shape& ys = args.outputs[0].shape();
  const bool is_asymmetric = args.inputs[1].type.quant.scales.size() > 1;
  RunLayer(args, {a.activation, Halves::kUp, xs[0], is_asymmetric}, [&](int64_t row, int64_t o, auto f) {
    const int64_t first_c = o / (ws[0] / a.groups) * ws[3];
    ForEachPixel(a, xs, ws, ys, row, [&](int64_t pixel, int64_t tap) {
      for (int64_t c = 0; c < ws[3]; ++c) f(pixel + first_c + c, (o * ws[1] * ws[2] + tap) * ws[3] + c);
    });
  });
}

void Run(const RunArgs& args) {
  if (LayerFormOf(args.inputs[0].dtype(), args.inputs[1].dtype()) != LayerForm::kFloat) return RunIntegers(args);
  const auto& a = args.attrs.As<Conv2dAttrs>();
  const float* bias = args.inputs.size() > 2 ? args.inputs[2].as<const float>() : nullptr;
  const Shape& ys = args.outputs[0].shape();
  const ActivationRange range = RangeOf(a.activation);
  const int64_t per_group = ys[3] / a.groups;
  float* y = args.outputs[0].as<float>();
  for (int64_t n = 0; n < ys[0]; ++n) {
    for (int64_t i = 0; i < ys[1]; ++i) {
      for (int64_t j = 0; j < ys[2]; ++j) {
        for (int64_t o = 0; o < ys[3]; o += std::min(kBlock, per_group - o % per_group)) {
          const int64_t count = std::min(kBlock, per_group - o % per_group);
          double sums[kBlock] = {};
          if (count == kBlock) {  // a constant to the compiler
            Sum(a, args.inputs[0], args.inputs[1], n, i, j, o, std::integral_constant<int64_t, kBlock>(), sums);
          } else {
            Sum(a, args.inputs[0], args.inputs[1], n, i, j, o, count, sums);
          }
          for (int64_t k = 0; k < count; ++k) {
            const double start = bias != nullptr ? static_cast<double>(bias[o + k]) : 0.0;
            *y++ = range.Clamp(static_cast<float>(start + sums[k]));
          }
        }
      }
    }
  }
}

}  // namespace

extern const Kernel kConv2dRef = {"conv2d_any_nhwc__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
