// Fast kernels of elementwise ops: one input, and two inputs with the usual kinds of broadcasting.
#pragma once

#include "kernels/parallel_range.h"
#include "ops/activation.h"
#include "ops/broadcast_rows.h"
#include "ops/fast_kernels.h"

namespace verge::ops {

// Elements a thread takes at least: below that, waking one costs more than it brings.
inline constexpr size_t kElementwiseGrain = 8192;

// y = f(x). Derived has Apply(x, y, n).
template <const kernels::VecF32Table& kTable, typename Derived>
struct UnaryKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  static void Run(const RunArgs& args) {
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, args.outputs[0].shape().elems(), kElementwiseGrain,
                           [=](size_t begin, size_t end) { Derived::Apply(x + begin, y + begin, end - begin); });
  }
};

// How a pair of shapes is walked.
enum class BinaryWalk {
  kNone,      // BroadcastRows'
  kSame,      // a and b like y
  kScalar,    // b is one value
  kChannels,  // b is one value an index of the last dimension
};

inline BinaryWalk WalkOf(const Shape& a, const Shape& b, const Shape& y) {
  if (!(a == y)) return BinaryWalk::kNone;
  if (b == y) return BinaryWalk::kSame;
  if (b.elems() == 1) return BinaryWalk::kScalar;
  const bool is_last = b.rank() >= 1 && b.rank() <= y.rank() && b[b.rank() - 1] == y[y.rank() - 1] &&
                       b.elems() == static_cast<size_t>(b[b.rank() - 1]);
  return is_last ? BinaryWalk::kChannels : BinaryWalk::kNone;
}

// y = clamp(a op b); the inputs of a commutative op (kCommutes) may be exchanged.
// Op has Vector(table) and Scalar(table), which give the table's loops.
template <const kernels::VecF32Table& kTable, typename Op, typename Attrs>
struct BinaryKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) { return IsUsable(kTable, args); }

  static void Run(const RunArgs& args) {
    const Shape& shape = args.outputs[0].shape();
    const bool is_exchanged = Op::kCommutes && !(args.inputs[0].shape() == shape);
    const Tensor& first = args.inputs[is_exchanged ? 1 : 0];
    const Tensor& second = args.inputs[is_exchanged ? 0 : 1];
    const ActivationRange range = RangeOf(args.attrs.As<Attrs>().activation);
    const auto* a = first.as<const float>();
    const auto* b = second.as<const float>();
    auto* y = args.outputs[0].as<float>();
    const BinaryWalk walk = WalkOf(first.shape(), second.shape(), shape);
    if (walk == BinaryWalk::kNone) return RunRows(args, range);
    const size_t count = shape.elems();
    const size_t channels = walk == BinaryWalk::kChannels ? Dim(shape, shape.rank() - 1) : 1;
    const size_t grain = std::max<size_t>(kElementwiseGrain / channels, 1);
    kernels::ParallelRange(args.parallel, count / channels, grain, [=](size_t begin, size_t end) {
      if (walk == BinaryWalk::kSame) {
        Op::Vector(kTable)(a + begin, b + begin, y + begin, end - begin, range.lo, range.hi);
      } else if (walk == BinaryWalk::kScalar) {
        Op::Scalar(kTable)(a + begin, *b, y + begin, end - begin, range.lo, range.hi);
      } else {
        for (size_t row = begin; row < end; ++row) {
          Op::Vector(kTable)(a + row * channels, b, y + row * channels, channels, range.lo, range.hi);
        }
      }
    });
  }

 private:
  static void RunRows(const RunArgs& args, const ActivationRange& range) {
    const auto *a = args.inputs[0].as<const float>(), *b = args.inputs[1].as<const float>();
    auto* y = args.outputs[0].as<float>();
    const BroadcastRows rows(args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
    const size_t n = rows.size();
    rows.ForEach(args.parallel, kElementwiseGrain, [&](int64_t at_a, int64_t at_b, size_t at) {
      if (!rows.b_moves()) return Op::Scalar(kTable)(a + at_a, b[at_b], y + at, n, range.lo, range.hi);
      if (rows.a_moves()) return Op::Vector(kTable)(a + at_a, b + at_b, y + at, n, range.lo, range.hi);
      std::array<float, 64> same;
      same.fill(a[at_a]);
      for (size_t i = 0; i < n; i += same.size()) {
        const size_t count = std::min(same.size(), n - i);
        Op::Vector(kTable)(same.data(), b + at_b + i, y + at + i, count, range.lo, range.hi);
      }
    });
  }
};

}  // namespace verge::ops
