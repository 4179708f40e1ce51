// The hybrid form of conv2d, depthwise_conv2d and fully_connected in vectors: x of f32 becomes i8 for each run, sums
// are those of the 8-bit layer, and become real in place (ops/quant_layer.h; RunHybridLayer of layer_int_ref.h, bit for
// bit).
//
// Packed    the 8-bit layer with a zero point of 0, then scales, starts and sums of the weights, one a channel
// Scratch   that of the 8-bit layer, x as i8, and a position outside the image
// Threads   pure functions
#pragma once

#include <algorithm>
#include <vector>

#include "base/checked.h"
#include "kernels/parallel_range.h"
#include "kernels/vec_i8.h"
#include "ops/activation.h"
#include "ops/elementwise_fast.h"
#include "ops/fast_kernels.h"
#include "ops/gemm_int.h"

namespace verge::ops {

inline bool IsHybrid(const PrepareArgs& args) {
  return LayerFormOf(args.inputs[0].type.dtype, args.inputs[1].type.dtype) == LayerForm::kHybrid;
}

// Engine and Layer as Int8Kernel has them (int8_layer.h); besides
//   kQuantisesRows             each row of x is quantised by itself, else each image
//   IsAsymmetric(attrs, w)     how
//   WeightChannel(w, i)        the output channel of element i of w
template <typename Engine, typename Layer, const kernels::VecI8Table& kVec>
struct HybridLayer {
  static bool Supports(const PrepareArgs& args, size_t products) {
    const bool has_bias = args.inputs.size() > 2 && args.inputs[2].is_present;
    return products <= kMaxIntProducts && args.inputs[1].constant != nullptr &&
           (!has_bias || args.inputs[2].constant != nullptr);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::ConvI8Layer layer = LayerOf(args);
    const auto engine = Engine::PackedBytes(layer), scratch = Engine::ScratchBytes(layer, args.threads);
    const auto channels = CheckedMul(layer.window.out_c, kValuesOfChannel * sizeof(int32_t));
    const auto packed = engine && channels ? CheckedAdd(Aligned(*engine), *channels) : std::nullopt;
    const auto more = CheckedAdd(Aligned(args.inputs[0].type.shape.elems()), OutsideBytes(layer));
    const auto all = scratch && more ? CheckedAdd(Aligned(*scratch), *more) : std::nullopt;
    if (!packed || !all) return VERGE_ERROR(kResourceExhausted, "the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *all, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const kernels::ConvI8Layer layer = LayerOf(args);
    const TensorType& w = args.inputs[1].type;
    const auto* weights = static_cast<const int8_t*>(args.inputs[1].constant);
    const size_t channels = layer.window.out_c;
    Engine::Pack(layer, weights, std::vector<kernels::ConvI8Channel>(channels).data(), packed.data());
    auto* const scales = reinterpret_cast<float*>(packed.data() + Aligned(*Engine::PackedBytes(layer)));
    auto* const starts = scales + channels;
    auto* const sums = reinterpret_cast<int32_t*>(starts + channels);
    const bool has_bias = args.inputs.size() > 2 && args.inputs[2].is_present;
    for (size_t c = 0; c < channels; ++c) {
      scales[c] = w.quant.scales[w.quant.scales.size() == 1 ? 0 : c];
      starts[c] = has_bias ? static_cast<const float*>(args.inputs[2].constant)[c] : 0.0F;
      sums[c] = 0;
    }
    for (size_t i = 0; i < w.shape.elems(); ++i) sums[Layer::WeightChannel(w.shape, i)] += weights[i];
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Tensor &x = args.inputs[0], &w = args.inputs[1], &y = args.outputs[0];
    kernels::ConvI8Layer layer = PlainLayer();
    layer.window = Layer::Window(args.attrs, x.shape(), w.shape(), y.shape());
    const size_t images = Layer::kQuantisesRows ? 1 : layer.window.n;
    layer.window.n /= images;
    const size_t x_part = x.shape().elems() / images, y_part = y.shape().elems() / images;
    for (size_t i = 0; i < images; ++i) {
      RunImage(args, layer, x.as<const float>() + i * x_part, y.as<float>() + i * y_part);
    }
  }

 private:
  static constexpr size_t kValuesOfChannel = 3;
  static size_t Aligned(size_t bytes) { return (bytes + 63) / 64 * 64; }
  static size_t OutsideBytes(const kernels::ConvI8Layer& layer) { return kernels::ConvI8OutsideBytes(layer.window); }

  static kernels::ConvI8Layer PlainLayer() {
    kernels::ConvI8Layer layer;
    layer.output = kernels::GemmI8Output::kSums;
    return layer;
  }
  static kernels::ConvI8Layer LayerOf(const PrepareArgs& args) {
    kernels::ConvI8Layer layer = PlainLayer();
    layer.window =
        Layer::Window(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape);
    return layer;
  }

  static RowQuant QuantOf(const RunArgs& args, const float* x, size_t count) {
    float smallest = 0, largest = 0;
    kVec.extremes(x, count, &smallest, &largest);
    return {smallest, largest, Layer::IsAsymmetric(args.attrs, args.inputs[1].type)};
  }

  static void Quantise(const RunArgs& args, const RowQuant& q, const float* x, size_t count, int8_t* to) {
    const kernels::VecI8Steps steps{q.inverse, q.zero, q.lowest()};
    kernels::ParallelRange(args.parallel, count, kElementwiseGrain,
                           [&](size_t begin, size_t end) { kVec.steps(steps, x + begin, end - begin, to + begin); });
  }

  static void Finish(const RunArgs& args, const kernels::ConvI8Layer& layer, const RowQuant& q, size_t rows, float* y) {
    const size_t channels = layer.window.out_c;
    const auto* scales = reinterpret_cast<const float*>(args.packed + Aligned(*Engine::PackedBytes(layer)));
    const float* const starts = scales + channels;
    const auto* sums = reinterpret_cast<const int32_t*>(starts + channels);
    const ActivationRange range = RangeOf(Layer::ActivationOf(args.attrs));
    const kernels::VecI8Reals reals{q.scale, q.zero, scales, starts, sums, range.lo, range.hi, channels};
    const size_t grain = std::max<size_t>(1, kElementwiseGrain / channels);
    kernels::ParallelRange(args.parallel, rows, grain,
                           [&](size_t begin, size_t end) { kVec.reals(reals, end - begin, y + begin * channels); });
  }

  // One image, or all rows.
  static void RunImage(const RunArgs& args, const kernels::ConvI8Layer& layer, const float* x, float* y) {
    const kernels::WindowShape& s = layer.window;
    const size_t pixels = s.n * s.out_h * s.out_w;
    const size_t count = s.n * s.in_h * s.in_w * s.in_c;
    std::byte* const outside = args.scratch;
    auto* const q = reinterpret_cast<int8_t*>(outside + OutsideBytes(layer));
    std::byte* const scratch = outside + OutsideBytes(layer) + Aligned(args.inputs[0].shape().elems());
    if constexpr (Layer::kQuantisesRows) {
      const size_t k = count / pixels;
      for (size_t i = 0; i < pixels; ++i) Quantise(args, QuantOf(args, x + i * k, k), x + i * k, k, q + i * k);
      Engine::Run(layer, {q, args.packed, y, scratch}, args.parallel);
      for (size_t i = 0; i < pixels; ++i) Finish(args, layer, QuantOf(args, x + i * k, k), 1, y + i * s.out_c);
    } else {
      const RowQuant of_image = QuantOf(args, x, count);
      Quantise(args, of_image, x, count, q);
      std::fill_n(outside, OutsideBytes(layer), static_cast<std::byte>(of_image.zero));
      Engine::Run(layer, {q, args.packed, y, scratch, outside}, args.parallel);
      Finish(args, layer, of_image, pixels, y);
    }
  }
};

}  // namespace verge::ops
