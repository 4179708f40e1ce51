// Vectorised 8-bit forms of sums, differences and products of two tensors.
//
// Op has Formula(a, b, y, activation) and Loop(table).
#pragma once

#include <array>
#include <cstring>

#include "kernels/parallel_range.h"
#include "ops/elementwise_fast.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {

inline kernels::VecI8Scale VecScale(FixedScale s) {
  const int32_t left = std::max(s.shift, 0);
  return {s.multiplier, left, left - s.shift};
}

template <int kSign>
struct Int8Sum {
  static constexpr bool kCommutes = kSign > 0;
  static kernels::VecI8Formula Formula(const TensorType& a, const TensorType& b, const TensorType& y,
                                       int32_t activation) {
    const SumQuant q(a, b, y, activation, kSign);
    return {y.dtype == DType::kI8,   q.a_zero,         q.b_zero,   q.y_zero,  q.left, kSign, VecScale(q.to_common_a),
            VecScale(q.to_common_b), VecScale(q.to_y), q.range.lo, q.range.hi};
  }
  static auto Loop(const kernels::VecI8Table& table) { return table.sum; }
};

struct Int8Times {
  static constexpr bool kCommutes = true;
  static kernels::VecI8Formula Formula(const TensorType& a, const TensorType& b, const TensorType& y,
                                       int32_t activation) {
    const ProductQuant q(a, b, y, activation);
    return {y.dtype == DType::kI8, q.a_zero,   q.b_zero,  q.y_zero, 0, 1, {}, {},
            VecScale(q.scale),     q.range.lo, q.range.hi};
  }
  static auto Loop(const kernels::VecI8Table& table) { return table.product; }
};

template <const kernels::VecI8Table& kTable, typename Op, typename Attrs>
struct Int8BinaryKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const DType dtype = args.outputs[0].dtype;
    if (dtype != DType::kI8 && dtype != DType::kU8) return false;
    return kernels::IsaIsUsable(kTable.isa, args.cpu) && args.outputs[0].shape.elems() > 0;
  }

  static void Run(const RunArgs& args) {
    const Tensor& y = args.outputs[0];
    const bool is_swapped =
        Op::kCommutes && WalkOf(args.inputs[0].shape(), args.inputs[1].shape(), y.shape()) == BinaryWalk::kNone;
    const Tensor& a = args.inputs[is_swapped ? 1 : 0];
    const Tensor& b = args.inputs[is_swapped ? 0 : 1];
    const kernels::VecI8Formula f = Op::Formula(a.type, b.type, y.type, args.attrs.As<Attrs>().activation);
    const BinaryWalk walk = WalkOf(a.shape(), b.shape(), y.shape());
    const auto* pa = a.as<const std::byte>();
    const auto* pb = b.as<const std::byte>();
    auto* py = y.as<std::byte>();
    if (walk == BinaryWalk::kNone) return RunRows(args.parallel, f, a, b, y);
    if (walk == BinaryWalk::kChannels) return RunChannels(args.parallel, f, pa, b, py, y.shape().elems());
    const bool is_one = walk == BinaryWalk::kScalar;
    kernels::ParallelRange(args.parallel, y.shape().elems(), kElementwiseGrain, [&](size_t begin, size_t end) {
      Op::Loop(kTable)(f, {pa + begin, is_one ? pb : pb + begin, is_one, py + begin, end - begin});
    });
  }

 private:
  static constexpr size_t kShortRow = 64;

  static void RunRows(Parallel* parallel, const kernels::VecI8Formula& f, const Tensor& a, const Tensor& b,
                      const Tensor& y) {
    const auto *pa = a.as<const std::byte>(), *pb = b.as<const std::byte>();
    auto* py = y.as<std::byte>();
    const BroadcastRows rows(a.shape(), b.shape(), y.shape());
    const size_t n = rows.size();
    rows.ForEach(parallel, kElementwiseGrain, [&](int64_t at_a, int64_t at_b, size_t at) {
      if (rows.a_moves()) return Op::Loop(kTable)(f, {pa + at_a, pb + at_b, !rows.b_moves(), py + at, n});
      alignas(64) std::array<std::byte, kShortRow> same;
      same.fill(pa[at_a]);
      for (size_t i = 0; i < n; i += same.size()) {
        Op::Loop(kTable)(f, {same.data(), pb + at_b + (rows.b_moves() ? i : 0), !rows.b_moves(), py + at + i,
                             std::min(same.size(), n - i)});
      }
    });
  }

  // Short rows of b are repeated, so that a vector holds several.
  static void RunChannels(Parallel* parallel, const kernels::VecI8Formula& f, const std::byte* a, const Tensor& b,
                          std::byte* y, size_t count) {
    const size_t row = b.shape().elems();
    alignas(64) std::array<std::byte, kShortRow * kShortRow> repeated;
    const std::byte* rows = b.as<const std::byte>();
    size_t step = row;
    if (row < kShortRow) {
      step = row * kShortRow;
      for (size_t i = 0; i < kShortRow; ++i) std::memcpy(repeated.data() + i * row, rows, row);
      rows = repeated.data();
    }
    const size_t steps = (count + step - 1) / step;
    kernels::ParallelRange(parallel, steps, kElementwiseGrain / step + 1, [&](size_t begin, size_t end) {
      for (size_t s = begin; s < end; ++s) {
        const size_t at = s * step;
        Op::Loop(kTable)(f, {a + at, rows, false, y + at, std::min(step, count - at)});
      }
    });
  }
};

}  // namespace verge::ops
