// The kernels of layers whose constant f32 weights are mostly zero, for conv2d and fully_connected: chosen at load,
// when the weights are counted and kernels::SparseF32Pays says that it is worth it.
//
// `Product` says how a node is a matrix product: Is(attrs, x, w, y) whether it is one at all, ProductShape(attrs, x, w,
// y) which.
#pragma once

#include <algorithm>

#include "kernels/product_sparse_f32.h"
#include "ops/fast_kernels.h"

namespace verge::ops {

template <const kernels::SparseF32Table& kTable, typename Product>
struct SparseLayer {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool HasBias(const PrepareArgs& args) { return args.inputs.size() > 2 && args.inputs[2].is_present; }

  static const float* Weights(const PrepareArgs& args) { return static_cast<const float*>(args.inputs[1].constant); }

  static kernels::SparseF32Shape ShapeOf(const PrepareArgs& args) {
    return Product::ProductShape(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape,
                                 args.outputs[0].shape);
  }

  static bool Supports(const PrepareArgs& args) {
    if (!IsFloatLayer(args) || !IsUsable(kTable, args) || Weights(args) == nullptr) return false;
    if (HasBias(args) && args.inputs[2].constant == nullptr) return false;
    const Shape& w = args.inputs[1].type.shape;
    if (!Product::Is(args.attrs, args.inputs[0].type.shape, w, args.outputs[0].shape)) return false;
    const size_t zeros = static_cast<size_t>(std::count(Weights(args), Weights(args) + w.elems(), 0.0F));
    const kernels::SparseF32Shape s = ShapeOf(args);
    return kernels::SparseF32Pays(kTable, s, w.elems() - zeros) &&
           kernels::SparseF32PackedBytes(kTable, s, Weights(args)).has_value();
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const kernels::SparseF32Shape s = ShapeOf(args);
    const auto packed = kernels::SparseF32PackedBytes(kTable, s, Weights(args));
    const auto scratch = kernels::SparseF32ScratchBytes(kTable, s, args.threads);
    if (!packed || !scratch) return VERGE_ERROR(kResourceExhausted, "the packed sparse weights overflow memory");
    return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = *packed, .unread_inputs = 0b110};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    const auto* bias = HasBias(args) ? static_cast<const float*>(args.inputs[2].constant) : nullptr;
    kernels::PackSparseF32(kTable, ShapeOf(args), Weights(args), bias, packed.data());
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    const kernels::SparseF32Shape s =
        Product::ProductShape(args.attrs, args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
    kernels::RunSparseF32(kTable, s,
                          {args.inputs[0].as<const float>(), args.packed, args.outputs[0].as<float>(), args.scratch},
                          args.parallel);
  }
};

}  // namespace verge::ops
