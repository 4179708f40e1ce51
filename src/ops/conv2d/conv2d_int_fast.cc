// conv2d of 8-bit integers: in vectors where the CPU has them, else as a product of matrices in plain loops, for which
// each output pixel's window is gathered into a row.
#include <cstring>

#include "ops/conv2d/conv2d.h"
#include "ops/gemm_int.h"
#include "ops/int8_layer.h"
#include "ops/quant_elementwise.h"
#include "ops/window_shape.h"

namespace verge::ops {
namespace {

IntLayer LayerOf(const Shape& w, const Shape& y) {
  return {IntWeights(Dim(w, 0), Dim(w, 1) * Dim(w, 2) * Dim(w, 3)), Dim(y, 0) * Dim(y, 1) * Dim(y, 2)};
}

IntLayer LayerOf(const PrepareArgs& args) { return LayerOf(args.inputs[1].type.shape, args.outputs[0].shape); }

bool Supports(const PrepareArgs& args) {
  const Shape& w = args.inputs[1].type.shape;
  return args.attrs.As<Conv2dAttrs>().groups == 1 && IsPackableInt8Layer(args, w.elems() / Dim(w, 0));
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) { return NeedsOf(LayerOf(args), args.threads, "conv2d"); }

Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
  const TensorType& w = args.inputs[1].type;
  const LayerQuant q(args.inputs[0].type, w, args.outputs[0], args.attrs.As<Conv2dAttrs>().activation, Halves::kUp);
  const IntLayer layer = LayerOf(args);
  DispatchQuantised(w.dtype, [&]<typename T>() {
    const auto* from = static_cast<const T*>(args.inputs[1].constant);
    layer.weights.Pack(packed.data(), q, args.outputs[0].dtype, ConstantBias(args),
                       [&](size_t i, size_t j) { return from[i * layer.weights.k + j] - q.w_zero(i); });
  });
  return Status::Ok();
}

// The window of output pixel `row`; outside the image is the zero point, which is 0 here.
template <typename T>
void Gather(const Conv2dAttrs& a, const Tensor& x, const Shape& ws, const Shape& ys, int32_t zero, size_t row,
            int16_t* to) {
  const Shape& xs = x.shape();
  const auto at = static_cast<int64_t>(row);
  const int64_t j = at % ys[2];
  const int64_t i = at / ys[2] % ys[1];
  const T* image = x.as<const T>() + at / ys[2] / ys[1] * xs[1] * xs[2] * xs[3];
  for (int64_t p = 0; p < ws[1]; ++p) {
    const int64_t y_in = i * a.stride_h + p * a.dilation_h - a.pad_top;
    for (int64_t q = 0; q < ws[2]; ++q, to += xs[3]) {
      const int64_t x_in = j * a.stride_w + q * a.dilation_w - a.pad_left;
      if (y_in < 0 || y_in >= xs[1] || x_in < 0 || x_in >= xs[2]) {
        std::memset(to, 0, static_cast<size_t>(xs[3]) * sizeof(int16_t));
        continue;
      }
      const T* pixel = image + (y_in * xs[2] + x_in) * xs[3];
      for (int64_t c = 0; c < xs[3]; ++c) to[c] = static_cast<int16_t>(pixel[c] - zero);
    }
  }
}

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<Conv2dAttrs>();
  const Tensor& x = args.inputs[0];
  const Shape& ws = args.inputs[1].shape();
  const Shape& ys = args.outputs[0].shape();
  const IntLayer layer = LayerOf(ws, ys);
  const int32_t zero = ScaleOf(x).zero_point;
  const size_t rest = layer.weights.stride - layer.weights.k;
  DispatchQuantised(x.dtype(), [&]<typename T>() {
    DispatchOutput<T>(args.outputs[0].dtype(), [&]<typename Y>() {
      layer.Run<Y>(args, a.activation, [&](size_t row, int16_t* to) {
        Gather<T>(a, x, ws, ys, zero, row, to);
        std::memset(to + layer.weights.k, 0, rest * sizeof(int16_t));
      });
    });
  });
}

struct Convolution {
  static kernels::WindowShape Window(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    kernels::WindowShape s;
    SetConvolution(attrs.As<Conv2dAttrs>(), x, w, y, s);
    return s;
  }
  static int32_t ActivationOf(const OpAttrs& attrs) { return attrs.As<Conv2dAttrs>().activation; }
  static constexpr Halves kHalves = Halves::kUp;
  static size_t Products(const Shape& /*x*/, const Shape& w) { return w.elems() / Dim(w, 0); }
  static constexpr bool kQuantisesRows = false;
  static bool IsAsymmetric(const OpAttrs& /*attrs*/, const TensorType& w) { return w.quant.scales.size() > 1; }
  static size_t WeightChannel(const Shape& w, size_t i) { return i / (w.elems() / Dim(w, 0)); }
};

template <const kernels::GemmI8Table& kTable, const kernels::VecI8Table& kVec>
using Conv2dInt8 = Int8Kernel<Int8Product<kTable>, Convolution, kVec>;

}  // namespace

VERGE_INT8_LAYER_KERNELS(Conv2d, Conv2dInt8, gemm_i8, "conv2d_int8_nhwc")

extern const Kernel kConv2dInt;
constinit const Kernel kConv2dInt = {"conv2d_int8_nhwc__any", Supports, Prepare, Pack, Run};

}  // namespace verge::ops
