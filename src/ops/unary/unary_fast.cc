// The cheap functions of f32 as loops that any compiler turns into vector code, with the same operations as the
// reference, so the same bits; and silu from the vector units' sigmoid.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"
#include "ops/unary/unary.h"

namespace verge::ops {

extern const Kernel kUnaryRef;

namespace {

constexpr size_t kGrain = 8192;  // elements a thread takes at least

template <typename F>
void Map(const float* x, float* y, size_t n, F f) {
  for (size_t i = 0; i < n; ++i) y[i] = f(x[i]);
}

void Apply(const UnaryAttrs& a, const float* x, float* y, size_t n) {
  const float alpha = a.alpha;
  const float beta = a.beta;
  switch (static_cast<UnaryKind>(a.kind)) {
    case UnaryKind::kLeakyRelu:
      return Map(x, y, n, [=](float v) {
        const float scaled = alpha * v;  // computed always: a choice between two values needs no jump
        return v < 0 ? scaled : v;
      });
    case UnaryKind::kHardSigmoid:
      return Map(x, y, n, [=](float v) { return std::min(std::max(alpha * v + beta, 0.0f), 1.0f); });
    case UnaryKind::kHardSwish:
      return Map(x, y, n, [](float v) { return v * std::min(std::max(v / 6 + 0.5f, 0.0f), 1.0f); });
    case UnaryKind::kSqrt: return Map(x, y, n, [](float v) { return std::sqrt(v); });
    default: return Map(x, y, n, [](float v) { return 1 / v; });
  }
}

bool Supports(const PrepareArgs& args) {
  if (args.inputs[0].type.dtype != DType::kF32) return false;
  switch (static_cast<UnaryKind>(args.attrs.As<UnaryAttrs>().kind)) {
    case UnaryKind::kLeakyRelu:
    case UnaryKind::kHardSigmoid:
    case UnaryKind::kHardSwish:
    case UnaryKind::kSqrt:
    case UnaryKind::kReciprocal: return true;
    default: return false;
  }
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<UnaryAttrs>();
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  kernels::ParallelRange(args.parallel, args.outputs[0].shape().elems(), kGrain,
                         [&attrs, x, y](size_t begin, size_t end) { Apply(attrs, x + begin, y + begin, end - begin); });
}

constexpr Kernel kLoops = {"unary_f32_loops__any", Supports, nullptr, nullptr, Run};

template <const kernels::VecF32Table& kTable>
struct SiluKernel {
  static constexpr Kernel Make(const char* name) { return {name, SupportsSilu, nullptr, nullptr, RunSilu}; }

  static bool SupportsSilu(const PrepareArgs& args) {
    return args.attrs.As<UnaryAttrs>().kind == static_cast<int32_t>(UnaryKind::kSilu) && IsUsable(kTable, args);
  }

  static void RunSilu(const RunArgs& args) {
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(args.parallel, args.outputs[0].shape().elems(), kElementwiseGrain,
                           [=](size_t begin, size_t end) { Silu(x + begin, y + begin, end - begin); });
  }

  // In blocks that stay in the nearest cache between the two loops; y may be x.
  static void Silu(const float* x, float* y, size_t n) {
    constexpr size_t kBlock = 1024;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    float share[kBlock];
    for (size_t i = 0; i < n; i += kBlock) {
      const size_t count = std::min(kBlock, n - i);
      kTable.logistic(x + i, share, count);
      kTable.mul(x + i, share, y + i, count, -kInfinity, kInfinity);
    }
  }
};

constexpr Kernel kBytes = ByteTable<kUnaryRef>::Make("unary_int8_table__any");

}  // namespace

VERGE_FAST_KERNELS_AND(Unary, SiluKernel, vec_f32, "unary_f32_silu", &kLoops, &kBytes)

}  // namespace verge::ops
