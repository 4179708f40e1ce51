// What the vectorised 8-bit forms of conv2d, depthwise_conv2d and fully_connected share: a layer as kernels/conv_i8.h
// wants it.
//
// Threads   pure functions
#pragma once

#include <string>
#include <vector>

#include "kernels/conv_i8.h"
#include "kernels/dwconv_image_i8.h"
#include "ops/fast_kernels.h"
#include "ops/gemm_int.h"
#include "ops/hybrid_layer.h"

namespace verge::ops {

inline kernels::ConvI8Layer Int8Layer(const LayerQuant& q, DType x, DType y) {
  kernels::ConvI8Layer layer;
  layer.is_signed = x == DType::kI8;
  layer.x_zero = q.x_zero();
  layer.w_zero = q.w_zero(0);
  layer.output = y == DType::kF32 ? kernels::GemmI8Output::kFloat : kernels::GemmI8Output::kBytes;
  layer.y_zero = q.y_zero();
  layer.lo = q.range().lo;
  layer.hi = q.range().hi;
  layer.real_lo = q.real_range().lo;
  layer.real_hi = q.real_range().hi;
  return layer;
}

// How each output channel's sum leaves.
inline std::vector<kernels::ConvI8Channel> Int8Channels(const PrepareArgs& args, const LayerQuant& q, size_t count) {
  const int32_t* const bias = ConstantBias(args);
  const bool is_real = args.outputs[0].dtype == DType::kF32;
  std::vector<kernels::ConvI8Channel> channels(count);
  for (size_t c = 0; c < count; ++c) {
    if (bias != nullptr) channels[c].bias = bias[c];
    if (is_real) {
      channels[c].step = q.step(c);
    } else {
      const FixedScale scale = q.scale(c);
      channels[c].multiplier = scale.multiplier;
      channels[c].shift = scale.shift;
    }
  }
  return channels;
}

// How a layer runs: as a matrix product, or channel by channel.
template <const kernels::GemmI8Table& kTable>
struct Int8Product {
  static const char* Isa() { return kTable.isa; }
  static auto PackedBytes(const kernels::ConvI8Layer& layer) { return kernels::ConvI8PackedBytes(kTable, layer); }
  static auto ScratchBytes(const kernels::ConvI8Layer& layer, int threads) {
    return kernels::ConvI8ScratchBytes(kTable, layer, threads);
  }
  static void Pack(const kernels::ConvI8Layer& layer, const void* w, const kernels::ConvI8Channel* channels,
                   std::byte* packed) {
    kernels::PackConvI8(kTable, layer, w, channels, packed);
  }
  static void Run(const kernels::ConvI8Layer& layer, const kernels::ConvI8Buffers& buffers, Parallel* parallel) {
    kernels::RunConvI8(kTable, layer, buffers, parallel);
  }
};

template <const kernels::DwConvI8Table& kTable>
struct Int8Depthwise {
  static const char* Isa() { return kTable.isa; }
  static auto PackedBytes(const kernels::ConvI8Layer& layer) { return kernels::DwImageI8PackedBytes(kTable, layer); }
  static auto ScratchBytes(const kernels::ConvI8Layer& layer, int threads) {
    return kernels::DwImageI8ScratchBytes(layer, threads);
  }
  static void Pack(const kernels::ConvI8Layer& layer, const void* w, const kernels::ConvI8Channel* channels,
                   std::byte* packed) {
    kernels::PackDwImageI8(kTable, layer, w, channels, packed);
  }
  static void Run(const kernels::ConvI8Layer& layer, const kernels::ConvI8Buffers& buffers, Parallel* parallel) {
    kernels::RunDwImageI8(kTable, layer, buffers, parallel);
  }
};

// A kernel of a layer, in its 8-bit and its hybrid form, that says
//   Window(attrs, x, w, y)   where its products lie
//   ActivationOf(attrs)      what follows them
//   kHalves                  how its sums are rounded
//   Products(x, w)           how many a sum has; 0: not for these kernels
// and what HybridLayer wants.
template <typename Engine, typename Layer, const kernels::VecI8Table& kVec>
struct Int8Kernel {
  using Hybrid = HybridLayer<Engine, Layer, kVec>;

  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const Shape &x = args.inputs[0].type.shape, &w = args.inputs[1].type.shape;
    if (!kernels::IsaIsUsable(Engine::Isa(), args.cpu)) return false;
    if (x.elems() == 0 || w.elems() == 0 || args.outputs[0].shape.elems() == 0) return false;
    const size_t products = Layer::Products(x, w);
    if (products == 0) return false;
    return IsHybrid(args) ? Hybrid::Supports(args, products) : IsPackableInt8Layer(args, products);
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    if (IsHybrid(args)) return Hybrid::Prepare(args);
    const kernels::ConvI8Layer layer = LayerOf(args);
    const auto packed = Engine::PackedBytes(layer);
    const auto scratch = Engine::ScratchBytes(layer, args.threads);
    if (!packed || !scratch) return VERGE_ERROR(kResourceExhausted, "the packed weights overflow memory");
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    if (IsHybrid(args)) return Hybrid::Pack(args, packed);
    const kernels::ConvI8Layer layer = LayerOf(args);
    const std::vector<kernels::ConvI8Channel> channels = Int8Channels(args, QuantOf(args), layer.window.out_c);
    Engine::Pack(layer, args.inputs[1].constant, channels.data(), packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const Tensor &x = args.inputs[0], &w = args.inputs[1], &y = args.outputs[0];
    if (x.dtype() == DType::kF32) return Hybrid::Run(args);
    const LayerQuant q(x.type, w.type, y.type, Layer::ActivationOf(args.attrs), Layer::kHalves);
    kernels::ConvI8Layer layer = Int8Layer(q, x.dtype(), y.dtype());
    layer.halves_away = Layer::kHalves == Halves::kAwayFromZero;
    layer.window = Layer::Window(args.attrs, x.shape(), w.shape(), y.shape());
    Engine::Run(layer, {x.data, args.packed, y.data, args.scratch}, args.parallel);
  }

 private:
  static LayerQuant QuantOf(const PrepareArgs& args) {
    return {args.inputs[0].type, args.inputs[1].type, args.outputs[0], Layer::ActivationOf(args.attrs), Layer::kHalves};
  }
  static kernels::ConvI8Layer LayerOf(const PrepareArgs& args) {
    kernels::ConvI8Layer layer = Int8Layer(QuantOf(args), args.inputs[0].type.dtype, args.outputs[0].dtype);
    layer.window =
        Layer::Window(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape);
    return layer;
  }
};

}  // namespace verge::ops
