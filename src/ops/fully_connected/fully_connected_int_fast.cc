// fully_connected of 8-bit integers.
#include <cstring>

#include "ops/fully_connected/fully_connected.h"
#include "ops/gemm_int.h"
#include "ops/int8_layer.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

IntLayer LayerOf(const Shape& w, const Shape& y) { return {IntWeights(Dim(w, 0), Dim(w, 1)), y.elems() / Dim(w, 0)}; }

IntLayer LayerOf(const PrepareArgs& args) { return LayerOf(args.inputs[1].type.shape, args.outputs[0].shape); }

bool Supports(const PrepareArgs& args) { return IsPackableInt8Layer(args, Dim(args.inputs[1].type.shape, 1)); }

Result<KernelNeeds> Prepare(const PrepareArgs& args) { return NeedsOf(LayerOf(args), args.threads, "fully_connected"); }

Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
  const TensorType& w = args.inputs[1].type;
  const LayerQuant q(args.inputs[0].type, w, args.outputs[0], args.attrs.As<FullyConnectedAttrs>().activation,
                     Halves::kUp);
  const IntLayer layer = LayerOf(args);
  DispatchQuantised(w.dtype, [&]<typename T>() {
    const auto* from = static_cast<const T*>(args.inputs[1].constant);
    layer.weights.Pack(packed.data(), q, args.outputs[0].dtype, ConstantBias(args),
                       [&](size_t i, size_t j) { return from[i * layer.weights.k + j] - q.w_zero(i); });
  });
  return Status::Ok();
}

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const IntLayer layer = LayerOf(args.inputs[1].shape(), args.outputs[0].shape());
  const int32_t zero = ScaleOf(x).zero_point;
  const size_t k = layer.weights.k;
  DispatchQuantised(x.dtype(), [&]<typename T>() {
    DispatchOutput<T>(args.outputs[0].dtype(), [&]<typename Y>() {
      layer.Run<Y>(args, args.attrs.As<FullyConnectedAttrs>().activation, [&](size_t row, int16_t* to) {
        const T* from = x.as<const T>() + row * k;
        for (size_t i = 0; i < k; ++i) to[i] = static_cast<int16_t>(from[i] - zero);
        std::memset(to + k, 0, (layer.weights.stride - k) * sizeof(int16_t));
      });
    });
  });
}

// A column of pixels, one a row.
struct Product {
  static kernels::WindowShape Window(const OpAttrs& /*attrs*/, const Shape& /*x*/, const Shape& w, const Shape& y) {
    kernels::WindowShape s;
    s.in_h = s.out_h = y.elems() / Dim(w, 0);
    s.in_c = Dim(w, 1);
    s.out_c = Dim(w, 0);
    return s;
  }
  static int32_t ActivationOf(const OpAttrs& attrs) { return attrs.As<FullyConnectedAttrs>().activation; }
  static constexpr Halves kHalves = Halves::kUp;
  static size_t Products(const Shape& /*x*/, const Shape& w) { return Dim(w, 1); }
  static constexpr bool kQuantisesRows = true;
  static bool IsAsymmetric(const OpAttrs& attrs, const TensorType& /*w*/) {
    return attrs.As<FullyConnectedAttrs>().asymmetric_inputs;
  }
  static size_t WeightChannel(const Shape& w, size_t i) { return i / Dim(w, 1); }
};

template <const kernels::GemmI8Table& kTable, const kernels::VecI8Table& kVec>
using FullyConnectedInt8 = Int8Kernel<Int8Product<kTable>, Product, kVec>;

}  // namespace

VERGE_INT8_LAYER_KERNELS(FullyConnected, FullyConnectedInt8, gemm_i8, "fully_connected_int8")

extern const Kernel kFullyConnectedInt;
constinit const Kernel kFullyConnectedInt = {"fully_connected_int8__any", Supports, Prepare, Pack, Run};

}  // namespace verge::ops
