// What the <op>_fast.cc files share: one Kernel for every instruction set of a family of kernels/kernels.def.
//
// A file writes a class template over the family's table with a static Make(name), and then
//   VERGE_FAST_KERNELS(Conv2d, Conv2dKernel, gemm_f32, "conv2d_f32_nhwc")
// which defines kConv2dFast with conv2d_f32_nhwc__avx512, conv2d_f32_nhwc__avx2, ... best first.
#pragma once

#include <algorithm>
#include <span>

#include "kernels/isas.h"
#include "kernels/tables.h"
#include "ops/kernel.h"

namespace verge::ops {

inline constexpr Kernel kNoKernel{};  // keeps the list from being an empty array

// True when the CPU may run the table's code, the first input is f32 as all tables want it, and no tensor is empty:
// kernels count on at least one element.
template <typename Table>
bool IsUsable(const Table& table, const PrepareArgs& args) {
  const auto is_empty = [](const TensorType& type) { return type.shape.elems() == 0; };
  return args.inputs[0].type.dtype == DType::kF32 && kernels::IsaIsUsable(table.isa, args.cpu) &&
         std::none_of(args.outputs.begin(), args.outputs.end(), is_empty) &&
         std::none_of(args.inputs.begin(), args.inputs.end(),
                      [&](const InferInput& input) { return input.is_present && is_empty(input.type); });
}

// A layer with weights in its f32 form.
inline bool IsFloatLayer(const PrepareArgs& args) {
  return args.inputs[0].type.dtype == DType::kF32 && args.inputs[1].type.dtype == DType::kF32;
}

inline size_t Dim(const Shape& shape, int i) { return static_cast<size_t>(shape[i]); }

}  // namespace verge::ops

#define VERGE_FAST_KERNEL(isa, Maker, family, name) \
  constexpr Kernel k_##isa = Maker<kernels::family##__##isa>::Make(name "__" #isa);
#define VERGE_FAST_KERNEL_ROW(isa, ...) &k_##isa,

#define VERGE_FAST_KERNELS(Name, Maker, family, name)                                           \
  namespace {                                                                                   \
  VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL, Maker, family, name)                                    \
  constexpr const Kernel* kList[] = {VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL_ROW, 0) & kNoKernel}; \
  }                                                                                             \
  extern const std::span<const Kernel* const> k##Name##Fast;                                    \
  constinit const std::span<const Kernel* const> k##Name##Fast{kList, std::size(kList) - 1};

#define VERGE_FIRST_KERNEL(isa, Maker, family, name) \
  constexpr Kernel kFirst_##isa = Maker<kernels::family##__##isa>::Make(name "__" #isa);
#define VERGE_TWO_KERNEL_ROWS(isa, ...) &kFirst_##isa, &k_##isa,

// Kernels of an integer family, which the lists below take along: kConv2dInt8_vnni, kConv2dInt8_avx512, ...
#define VERGE_INT8_KERNEL(isa, Name, Maker, family, name) \
  extern const Kernel k##Name##Int8_##isa;                \
  constinit const Kernel k##Name##Int8_##isa = Maker<kernels::family##__##isa>::Make(name "__" #isa);
#define VERGE_INT8_KERNELS(Name, Maker, family, name) \
  VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL, Name, Maker, family, name)
// The same of a layer, whose hybrid form also takes the family vec_i8.
#define VERGE_INT8_LAYER_KERNEL(isa, Name, Maker, family, name) \
  extern const Kernel k##Name##Int8_##isa;                      \
  constinit const Kernel k##Name##Int8_##isa =                  \
      Maker<kernels::family##__##isa, kernels::vec_i8__##isa>::Make(name "__" #isa);
#define VERGE_INT8_LAYER_KERNELS(Name, Maker, family, name) \
  VERGE_FOR_EACH_INT_ISA(VERGE_INT8_LAYER_KERNEL, Name, Maker, family, name)
#define VERGE_DECLARE_INT8_KERNEL(isa, Name) extern const Kernel k##Name##Int8_##isa;
#define VERGE_DECLARE_INT8_KERNELS(Name) VERGE_FOR_EACH_INT_ISA(VERGE_DECLARE_INT8_KERNEL, Name)
#define VERGE_INT8_KERNEL_ROW(isa, Name) &k##Name##Int8_##isa,

// The same of two families, where the first, if it supports a node, is better than the second of its instruction set,
// with those of integers behind them:
//   VERGE_FAST_KERNELS_OF_TWO(Conv2d, Sparse, sparse_f32, "...", Dense, gemm_f32, "...", kMore)
#define VERGE_FAST_KERNELS_OF_TWO(Name, FirstMaker, first_family, first_name, Maker, family, name, kMore)        \
  namespace {                                                                                                    \
  VERGE_FOR_EACH_ISA(VERGE_FIRST_KERNEL, FirstMaker, first_family, first_name)                                   \
  VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL, Maker, family, name)                                                     \
  constexpr const Kernel* kList[] = {                                                                            \
      VERGE_FOR_EACH_ISA(VERGE_TWO_KERNEL_ROWS, 0) VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, Name) & kMore}; \
  }                                                                                                              \
  extern const std::span<const Kernel* const> k##Name##Fast;                                                     \
  constinit const std::span<const Kernel* const> k##Name##Fast{kList};

// The same as VERGE_FAST_KERNELS with others behind them, which run on any CPU: &kThis, &kThat.
#define VERGE_FAST_KERNELS_AND(Name, Maker, family, name, ...)                                  \
  namespace {                                                                                   \
  VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL, Maker, family, name)                                    \
  constexpr const Kernel* kList[] = {VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL_ROW, 0) __VA_ARGS__}; \
  }                                                                                             \
  extern const std::span<const Kernel* const> k##Name##Fast;                                    \
  constinit const std::span<const Kernel* const> k##Name##Fast{kList};

// The same as VERGE_FAST_KERNELS with those of integers, which another file defines.
#define VERGE_FAST_KERNELS_WITH_INT8(Name, Maker, family, name)                                                      \
  namespace {                                                                                                        \
  VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL, Maker, family, name)                                                         \
  constexpr const Kernel* kList[] = {                                                                                \
      VERGE_FOR_EACH_ISA(VERGE_FAST_KERNEL_ROW, 0) VERGE_FOR_EACH_INT_ISA(VERGE_INT8_KERNEL_ROW, Name) & kNoKernel}; \
  }                                                                                                                  \
  extern const std::span<const Kernel* const> k##Name##Fast;                                                         \
  constinit const std::span<const Kernel* const> k##Name##Fast{kList, std::size(kList) - 1};

// Kernels of a family of f32 and of one of integers.
#define VERGE_FAST_KERNELS_AND_INT8(Name, Maker, family, name, Int8Maker, int8_family, int8_name) \
  VERGE_INT8_KERNELS(Name, Int8Maker, int8_family, int8_name)                                     \
  VERGE_FAST_KERNELS_WITH_INT8(Name, Maker, family, name)
