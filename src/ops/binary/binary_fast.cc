// The cheap functions of two f32 tensors as loops that any compiler turns into vector code, with the same operations as
// the reference, so the same bits.
#include "ops/binary/binary.h"
#include "ops/elementwise_fast.h"

namespace verge::ops {
namespace {

// Each computes both outcomes: a choice between two values needs no jump.
struct Div {
  static float Of(float a, float b) { return a / b; }
};
struct Min {
  static float Of(float a, float b) { return (a != a) | (a < b) ? a : b; }
};
struct Max {
  static float Of(float a, float b) { return (a != a) | (a > b) ? a : b; }
};
struct Prelu {
  static float Of(float a, float b) {
    const float scaled = a * b;
    return a < 0 ? scaled : a;
  }
};

template <typename F>
void Pairs(const float* a, const float* b, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = F::Of(a[i], b[i]);
}

// By rows, in each of which an input may be one value.
template <typename F>
void RunRows(const RunArgs& args) {
  const auto *a = args.inputs[0].as<const float>(), *b = args.inputs[1].as<const float>();
  auto* y = args.outputs[0].as<float>();
  const BroadcastRows rows(args.inputs[0].shape(), args.inputs[1].shape(), args.outputs[0].shape());
  const size_t n = rows.size();
  rows.ForEach(args.parallel, kElementwiseGrain, [&](int64_t at_a, int64_t at_b, size_t at) {
    const float *x = a + at_a, *z = b + at_b;
    if (rows.a_moves() && rows.b_moves()) return Pairs<F>(x, z, y + at, n);
    if (rows.a_moves()) {
      for (size_t i = 0; i < n; ++i) y[at + i] = F::Of(x[i], z[0]);
    } else {
      for (size_t i = 0; i < n; ++i) y[at + i] = F::Of(x[0], z[rows.b_moves() ? i : 0]);
    }
  });
}

template <typename F>
void RunAs(const RunArgs& args) {
  const Shape& shape = args.outputs[0].shape();
  const auto* a = args.inputs[0].as<const float>();
  const auto* b = args.inputs[1].as<const float>();
  auto* y = args.outputs[0].as<float>();
  switch (WalkOf(args.inputs[0].shape(), args.inputs[1].shape(), shape)) {
    case BinaryWalk::kSame:
      return kernels::ParallelRange(args.parallel, shape.elems(), kElementwiseGrain, [=](size_t begin, size_t end) {
        Pairs<F>(a + begin, b + begin, y + begin, end - begin);
      });
    case BinaryWalk::kScalar: {
      const float number = b[0];
      return kernels::ParallelRange(args.parallel, shape.elems(), kElementwiseGrain, [=](size_t begin, size_t end) {
        for (size_t i = begin; i < end; ++i) y[i] = F::Of(a[i], number);
      });
    }
    case BinaryWalk::kChannels: {
      const size_t channels = Dim(shape, shape.rank() - 1);
      return kernels::ParallelRange(args.parallel, shape.elems() / channels, kElementwiseGrain / channels + 1,
                                    [=](size_t begin, size_t end) {
                                      for (size_t r = begin; r < end; ++r) {
                                        Pairs<F>(a + r * channels, b, y + r * channels, channels);
                                      }
                                    });
    }
    case BinaryWalk::kNone: return RunRows<F>(args);
  }
}

bool IsCheap(BinaryKind kind) {
  return kind == BinaryKind::kDiv || kind == BinaryKind::kMin || kind == BinaryKind::kMax || kind == BinaryKind::kPrelu;
}

bool Supports(const PrepareArgs& args) {
  return args.inputs[0].type.dtype == DType::kF32 && args.outputs[0].shape.elems() > 0 &&
         IsCheap(static_cast<BinaryKind>(args.attrs.As<BinaryAttrs>().kind));
}

void Run(const RunArgs& args) {
  switch (static_cast<BinaryKind>(args.attrs.As<BinaryAttrs>().kind)) {
    case BinaryKind::kDiv: return RunAs<Div>(args);
    case BinaryKind::kMin: return RunAs<Min>(args);
    case BinaryKind::kMax: return RunAs<Max>(args);
    default: return RunAs<Prelu>(args);
  }
}

constexpr Kernel kLoops = {"binary_f32_loops__any", Supports, nullptr, nullptr, Run};

kernels::VecBinary VectorKind(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::kDiv: return kernels::VecBinary::kDiv;
    case BinaryKind::kMin: return kernels::VecBinary::kMin;
    case BinaryKind::kMax: return kernels::VecBinary::kMax;
    default: return kernels::VecBinary::kPrelu;
  }
}

template <const kernels::VecF32Table& kTable>
struct VectorKernel {
  static constexpr Kernel Make(const char* name) { return {name, SupportsVectors, nullptr, nullptr, RunVectors}; }

  static bool SupportsVectors(const PrepareArgs& args) {
    return IsUsable(kTable, args) && Supports(args) &&
           WalkOf(args.inputs[0].type.shape, args.inputs[1].type.shape, args.outputs[0].shape) != BinaryWalk::kNone;
  }

  static void RunVectors(const RunArgs& args) {
    const auto kind = static_cast<size_t>(VectorKind(static_cast<BinaryKind>(args.attrs.As<BinaryAttrs>().kind)));
    const Shape& shape = args.outputs[0].shape();
    const auto* a = args.inputs[0].as<const float>();
    const auto* b = args.inputs[1].as<const float>();
    auto* y = args.outputs[0].as<float>();
    const BinaryWalk walk = WalkOf(args.inputs[0].shape(), args.inputs[1].shape(), shape);
    const size_t row = walk == BinaryWalk::kChannels ? Dim(shape, shape.rank() - 1) : 1;
    kernels::ParallelRange(args.parallel, shape.elems() / row, kElementwiseGrain / row + 1,
                           [=](size_t begin, size_t end) {
                             if (walk == BinaryWalk::kScalar) {
                               kTable.binary_scalar[kind](a + begin, b[0], y + begin, end - begin);
                             } else if (walk == BinaryWalk::kSame) {
                               kTable.binary[kind](a + begin, b + begin, y + begin, end - begin);
                             } else {
                               for (size_t r = begin; r < end; ++r)
                                 kTable.binary[kind](a + r * row, b, y + r * row, row);
                             }
                           });
  }
};

}  // namespace

VERGE_FAST_KERNELS_AND(Binary, VectorKernel, vec_f32, "binary_f32", &kLoops)

}  // namespace verge::ops
