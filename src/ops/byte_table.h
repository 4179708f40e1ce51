// Elementwise ops of one 8-bit input as a table: at load the reference computes all 256 results, at run each element is
// looked up.
//
// Output    8 bits, or f32
// Exact     the reference's bits
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/parallel_range.h"
#include "ops/kernel.h"

namespace verge::ops {

// Derived gives the op's reference kernel; what it supports beyond types is its business.
template <const Kernel& kReference>
struct ByteTable {
  static constexpr size_t kBytes = 256;
  static constexpr size_t kGrain = 16384;  // elements a thread takes at least

  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, Pack, Run}; }

  static bool IsByte(DType dtype) { return dtype == DType::kI8 || dtype == DType::kU8; }

  static bool Supports(const PrepareArgs& args) {
    const TensorType& x = args.inputs[0].type;
    const TensorType& y = args.outputs[0];
    return args.inputs.size() == 1 && IsByte(x.dtype) && x.quant.scales.size() == 1 && x.shape == y.shape &&
           (y.dtype == DType::kF32 || (IsByte(y.dtype) && y.quant.scales.size() == 1));
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    return KernelNeeds{.packed_bytes = kBytes * DTypeBytes(args.outputs[0].dtype)};
  }

  static Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
    alignas(64) std::array<uint8_t, kBytes> all{};
    for (size_t i = 0; i < kBytes; ++i) all[i] = static_cast<uint8_t>(i);
    Tensor x, y;
    x.type = args.inputs[0].type;
    y.type = args.outputs[0];
    x.type.shape = y.type.shape = Shape{static_cast<int64_t>(kBytes)};
    x.data = all.data();
    y.data = packed.data();
    kReference.run({.attrs = args.attrs, .inputs = {&x, 1}, .outputs = {&y, 1}});
    return Status::Ok();
  }

  static void Run(const RunArgs& args) {
    if (args.outputs[0].dtype() == DType::kF32) return LookUp<float>(args);
    LookUp<uint8_t>(args);
  }

 private:
  template <typename Y>
  static void LookUp(const RunArgs& args) {
    const auto* x = args.inputs[0].as<const uint8_t>();
    const auto* table = reinterpret_cast<const Y*>(args.packed);
    auto* y = args.outputs[0].as<Y>();
    kernels::ParallelRange(args.parallel, args.outputs[0].shape().elems(), kGrain, [=](size_t begin, size_t end) {
      for (size_t i = begin; i < end; ++i) y[i] = table[x[i]];
    });
  }
};

}  // namespace verge::ops
