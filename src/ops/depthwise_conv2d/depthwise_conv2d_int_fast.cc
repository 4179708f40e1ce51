// depthwise_conv2d of 8-bit integers with one filter a channel: in vectors where the CPU has them, else in plain loops:
// the channels of a pixel side by side, weights packed as i16 without their zero points, one row a tap.
#include "kernels/parallel_range.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/gemm_int.h"
#include "ops/int8_layer.h"
#include "ops/layer_int_ref.h"
#include "ops/quant_elementwise.h"
#include "ops/window_shape.h"

namespace verge::ops {
namespace {

constexpr size_t kChunk = 64;  // channels whose sums stay near the processor

// Packed: taps rows of `channels` i16, then the factors, then the biases.
struct Packed {
  size_t taps = 0;
  size_t channels = 0;
  size_t weights_bytes() const { return (taps * channels * sizeof(int16_t) + 7) / 8 * 8; }
  size_t bytes() const { return weights_bytes() + channels * (sizeof(FixedScale) + sizeof(int32_t)); }
};

Packed PackedOf(const Shape& w) { return {Dim(w, 1) * Dim(w, 2), Dim(w, 3)}; }

bool Supports(const PrepareArgs& args) {
  const Shape& w = args.inputs[1].type.shape;
  return w[3] == args.inputs[0].type.shape[3] && IsPackableInt8Layer(args, Dim(w, 1) * Dim(w, 2));
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  return KernelNeeds{.packed_bytes = PackedOf(args.inputs[1].type.shape).bytes(), .unread_inputs = 0b110};
}

Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
  const TensorType& w = args.inputs[1].type;
  const LayerQuant q(args.inputs[0].type, w, args.outputs[0], args.attrs.As<DepthwiseConv2dAttrs>().activation,
                     Halves::kAwayFromZero);
  const Packed layout = PackedOf(w.shape);
  auto* const to = reinterpret_cast<int16_t*>(packed.data());
  auto* const scales = reinterpret_cast<FixedScale*>(packed.data() + layout.weights_bytes());
  auto* const biases = reinterpret_cast<int32_t*>(scales + layout.channels);
  DispatchQuantised(w.dtype, [&]<typename T>() {
    const auto* from = static_cast<const T*>(args.inputs[1].constant);
    for (size_t i = 0; i < layout.taps * layout.channels; ++i) {
      to[i] = static_cast<int16_t>(from[i] - q.w_zero(i % layout.channels));
    }
  });
  const int32_t* bias = ConstantBias(args);
  for (size_t c = 0; c < layout.channels; ++c) {
    scales[c] = PackedScale(q, args.outputs[0].dtype, c);
    biases[c] = bias != nullptr ? bias[c] : 0;
  }
  return Status::Ok();
}

template <typename T>
void AddTap(const T* x, const int16_t* w, int32_t zero, size_t n, int32_t* sums) {
  for (size_t c = 0; c < n; ++c) sums[c] += (int32_t{x[c]} - zero) * int32_t{w[c]};
}

// One row of output pixels; Y is T or float.
template <typename T, typename Y>
void RunRow(const RunArgs& args, const LayerQuant& q, size_t row) {
  const auto& a = args.attrs.As<DepthwiseConv2dAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ws = args.inputs[1].shape();
  const Shape& ys = args.outputs[0].shape();
  const Packed layout = PackedOf(ws);
  const auto* const weights = reinterpret_cast<const int16_t*>(args.packed);
  const auto* const scales = reinterpret_cast<const FixedScale*>(args.packed + layout.weights_bytes());
  const auto* const biases = reinterpret_cast<const int32_t*>(scales + layout.channels);
  const T* const x = args.inputs[0].as<const T>();
  Y* y = args.outputs[0].as<Y>() + row * Dim(ys, 2) * layout.channels;
  for (size_t j = 0; j < Dim(ys, 2); ++j, y += layout.channels) {
    for (size_t first = 0; first < layout.channels; first += kChunk) {
      const size_t n = std::min(kChunk, layout.channels - first);
      int32_t sums[kChunk] = {};
      const auto pixel_number = static_cast<int64_t>(row * Dim(ys, 2) + j);
      ForEachPixel(a, xs, ws, ys, pixel_number, [&](int64_t pixel, int64_t tap) {
        AddTap(x + pixel + first, weights + static_cast<size_t>(tap) * layout.channels + first, q.x_zero(), n, sums);
      });
      for (size_t c = 0; c < n; ++c) {
        const auto sum = static_cast<int32_t>(int64_t{sums[c]} + biases[first + c]);
        y[first + c] = FinishAs<Y>(q, sum, scales[first + c]);
      }
    }
  }
}

void Run(const RunArgs& args) {
  const LayerQuant q(args.inputs[0].type, args.inputs[1].type, args.outputs[0].type,
                     args.attrs.As<DepthwiseConv2dAttrs>().activation, Halves::kAwayFromZero);
  const Shape& ys = args.outputs[0].shape();
  DispatchQuantised(args.inputs[0].dtype(), [&]<typename T>() {
    DispatchOutput<T>(args.outputs[0].dtype(), [&]<typename Y>() {
      kernels::ParallelRange(args.parallel, Dim(ys, 0) * Dim(ys, 1), 1, [&](size_t begin, size_t end) {
        for (size_t row = begin; row < end; ++row) RunRow<T, Y>(args, q, row);
      });
    });
  });
}

struct Depthwise {
  static kernels::WindowShape Window(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    kernels::WindowShape s;
    SetWindow(attrs.As<DepthwiseConv2dAttrs>(), x, w, y, s);
    s.in_c = s.out_c = s.groups = Dim(x, 3);
    return s;
  }
  static int32_t ActivationOf(const OpAttrs& attrs) { return attrs.As<DepthwiseConv2dAttrs>().activation; }
  static constexpr Halves kHalves = Halves::kAwayFromZero;
  static size_t Products(const Shape& x, const Shape& w) { return w[3] == x[3] ? Dim(w, 1) * Dim(w, 2) : 0; }
  static constexpr bool kQuantisesRows = false;
  static bool IsAsymmetric(const OpAttrs& /*attrs*/, const TensorType& w) { return w.quant.scales.size() > 1; }
  static size_t WeightChannel(const Shape& w, size_t i) { return i % Dim(w, 3); }
};

template <const kernels::DwConvI8Table& kTable, const kernels::VecI8Table& kVec>
using DepthwiseConv2dInt8 = Int8Kernel<Int8Depthwise<kTable>, Depthwise, kVec>;

// Many filters of a single input channel are a convolution, whose weights lie the other way round.
struct DepthwiseOfOne : Depthwise {
  static kernels::WindowShape Window(const OpAttrs& attrs, const Shape& x, const Shape& w, const Shape& y) {
    kernels::WindowShape s = Depthwise::Window(attrs, x, w, y);
    s.out_c = Dim(w, 3);
    return s;
  }
  static size_t Products(const Shape& x, const Shape& w) { return x[3] == 1 && w[3] > 1 ? Dim(w, 1) * Dim(w, 2) : 0; }
};

template <const kernels::GemmI8Table& kTable>
struct TurnedProduct : Int8Product<kTable> {
  static void Pack(const kernels::ConvI8Layer& layer, const void* w, const kernels::ConvI8Channel* channels,
                   std::byte* packed) {
    const size_t taps = layer.window.kh * layer.window.kw, out_c = layer.window.out_c;
    std::vector<std::byte> turned(taps * out_c);
    for (size_t i = 0; i < turned.size(); ++i) {
      turned[i % out_c * taps + i / out_c] = static_cast<const std::byte*>(w)[i];
    }
    kernels::PackConvI8(kTable, layer, turned.data(), channels, packed);
  }
};

template <const kernels::GemmI8Table& kTable, const kernels::VecI8Table& kVec>
using DepthwiseOfOneInt8 = Int8Kernel<TurnedProduct<kTable>, DepthwiseOfOne, kVec>;

}  // namespace

VERGE_INT8_LAYER_KERNELS(DepthwiseConv2d, DepthwiseConv2dInt8, dwconv_i8, "depthwise_conv2d_int8_nhwc")
VERGE_INT8_LAYER_KERNELS(DepthwiseOfOne, DepthwiseOfOneInt8, gemm_i8, "depthwise_conv2d_int8_nhwc_single")

extern const Kernel kDepthwiseConv2dInt;
constinit const Kernel kDepthwiseConv2dInt = {"depthwise_conv2d_int8_nhwc__any", Supports, Prepare, Pack, Run};

}  // namespace verge::ops
