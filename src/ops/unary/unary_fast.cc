// Functions of f32 in vectors, those that are cheap also as plain loops for any CPU, with the operations of the
// reference; of 8-bit integers by a table.
#include <algorithm>
#include <cmath>
#include <optional>

#include "ops/byte_table.h"
#include "ops/elementwise_fast.h"
#include "ops/unary/unary.h"

namespace verge::ops {

extern const Kernel kUnaryRef;

namespace {

using kernels::VecUnary;

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

bool IsLoop(const PrepareArgs& args) {
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

void RunLoop(const RunArgs& args) {
  const auto& attrs = args.attrs.As<UnaryAttrs>();
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  kernels::ParallelRange(args.parallel, args.outputs[0].shape().elems(), kElementwiseGrain,
                         [&attrs, x, y](size_t begin, size_t end) { Apply(attrs, x + begin, y + begin, end - begin); });
}

constexpr Kernel kLoops = {"unary_f32_loops__any", IsLoop, nullptr, nullptr, RunLoop};
constexpr Kernel kBytes = ByteTable<kUnaryRef>::Make("unary_int8_table__any");

std::optional<VecUnary> VectorKind(UnaryKind kind) {
  switch (kind) {
    case UnaryKind::kExp: return VecUnary::kExp;
    case UnaryKind::kTanh: return VecUnary::kTanh;
    case UnaryKind::kGelu: return VecUnary::kGelu;
    case UnaryKind::kGeluTanh: return VecUnary::kGeluTanh;
    case UnaryKind::kSilu: return VecUnary::kSilu;
    case UnaryKind::kMish: return VecUnary::kMish;
    case UnaryKind::kElu: return VecUnary::kElu;
    case UnaryKind::kLeakyRelu: return VecUnary::kLeakyRelu;
    case UnaryKind::kHardSigmoid: return VecUnary::kHardSigmoid;
    case UnaryKind::kHardSwish: return VecUnary::kHardSwish;
    case UnaryKind::kSqrt: return VecUnary::kSqrt;
    case UnaryKind::kReciprocal: return VecUnary::kReciprocal;
    case UnaryKind::kAbs: return VecUnary::kAbs;
    case UnaryKind::kNeg: return VecUnary::kNeg;
    default: return std::nullopt;
  }
}

template <const kernels::VecF32Table& kTable>
struct VectorKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, nullptr, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return VectorKind(static_cast<UnaryKind>(args.attrs.As<UnaryAttrs>().kind)).has_value() && IsUsable(kTable, args);
  }

  static void Run(const RunArgs& args) {
    const auto& a = args.attrs.As<UnaryAttrs>();
    const auto kind = static_cast<size_t>(*VectorKind(static_cast<UnaryKind>(a.kind)));
    const auto* x = args.inputs[0].as<const float>();
    auto* y = args.outputs[0].as<float>();
    kernels::ParallelRange(
        args.parallel, args.outputs[0].shape().elems(), kElementwiseGrain,
        [=, &a](size_t begin, size_t end) { kTable.unary[kind](x + begin, y + begin, end - begin, a.alpha, a.beta); });
  }
};

}  // namespace

VERGE_FAST_KERNELS_AND(Unary, VectorKernel, vec_f32, "unary_f32", &kLoops, &kBytes)

}  // namespace verge::ops
