// Fast kernels of elementwise ops: one input, and two inputs with the usual kinds of broadcasting.
#pragma once

#include "kernels/parallel_range.h"
#include "ops/activation.h"
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
  kNone,      // the reference's business
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

// y = clamp(a op b) for a of y's shape; for a commutative op (kCommutes) also with the inputs exchanged.
// Op has Vector(table) and Scalar(table), which give the table's loops.
template <const kernels::VecF32Table& kTable, typename Op, typename Attrs>
struct BinaryKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    const Shape& a = args.inputs[0].type.shape;
    const Shape& b = args.inputs[1].type.shape;
    const Shape& y = args.outputs[0].shape;
    if (!IsUsable(kTable, args)) return false;
    return WalkOf(a, b, y) != BinaryWalk::kNone || (Op::kCommutes && WalkOf(b, a, y) != BinaryWalk::kNone);
  }

  static void Run(const RunArgs& args) {
    const Shape& shape = args.outputs[0].shape();
    const bool is_exchanged = !(args.inputs[0].shape() == shape);
    const Tensor& first = args.inputs[is_exchanged ? 1 : 0];
    const Tensor& second = args.inputs[is_exchanged ? 0 : 1];
    const ActivationRange range = RangeOf(args.attrs.As<Attrs>().activation);
    const auto* a = first.as<const float>();
    const auto* b = second.as<const float>();
    auto* y = args.outputs[0].as<float>();
    const BinaryWalk walk = WalkOf(first.shape(), second.shape(), shape);
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
};

}  // namespace verge::ops
