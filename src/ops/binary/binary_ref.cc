#include <algorithm>

#include "ops/binary/binary.h"
#include "ops/broadcast.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename C>
C OfFloat(BinaryKind kind, C a, C b) {
  switch (kind) {
    case BinaryKind::kAdd: return a + b;
    case BinaryKind::kSub: return a - b;
    case BinaryKind::kMul: return a * b;
    case BinaryKind::kDiv: return a / b;
    case BinaryKind::kPow: return std::pow(a, b);
    case BinaryKind::kFmod: return std::fmod(a, b);
    case BinaryKind::kMod: {
      const C rest = std::fmod(a, b);
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
    case BinaryKind::kMin: return std::isnan(a) || a < b ? a : b;
    case BinaryKind::kMax: return std::isnan(a) || a > b ? a : b;
    case BinaryKind::kPrelu: return a < 0 ? a * b : a;
    case BinaryKind::kAtan2: return std::atan2(a, b);
    default: return a;
  }
}

template <typename C>
C Divide(C a, C b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<C>) {
    if (b == C(-1)) return static_cast<C>(uint64_t{0} - static_cast<uint64_t>(a));  // the smallest number wraps
  }
  return static_cast<C>(a / b);
}

template <typename C>
C Remainder(C a, C b, bool floor) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<C>) {
    if (b == C(-1)) return 0;
  }
  const C rest = static_cast<C>(a % b);
  if (floor && rest != 0 && (rest < 0) != (b < 0)) return static_cast<C>(rest + b);
  return rest;
}

template <typename C>
C Power(C a, C b) {
  if (b < 0) return a == 1 ? C(1) : C(0);
  uint64_t result = 1;
  uint64_t base = static_cast<uint64_t>(a);
  for (auto e = static_cast<uint64_t>(b); e != 0; e >>= 1) {
    if ((e & 1) != 0) result *= base;
    base *= base;
  }
  return static_cast<C>(result);
}

template <typename C>
C Shift(C a, C b, bool left) {
  constexpr auto kWidth = static_cast<C>(8 * sizeof(C));
  if constexpr (std::is_signed_v<C>) {
    if (!left) return static_cast<C>(a >> std::clamp<C>(b, 0, static_cast<C>(kWidth - 1)));
  }
  if (b >= kWidth) return 0;
  const auto wide = static_cast<uint64_t>(a);
  return static_cast<C>(left ? wide << b : wide >> b);
}

template <typename C>
C OfInt(BinaryKind kind, C a, C b) {
  const auto ua = static_cast<uint64_t>(a);  // wraps as two's complement does
  const auto ub = static_cast<uint64_t>(b);
  switch (kind) {
    case BinaryKind::kAdd: return static_cast<C>(ua + ub);
    case BinaryKind::kSub: return static_cast<C>(ua - ub);
    case BinaryKind::kMul: return static_cast<C>(ua * ub);
    case BinaryKind::kDiv: return Divide(a, b);
    case BinaryKind::kPow: return Power(a, b);
    case BinaryKind::kMod: return Remainder(a, b, true);
    case BinaryKind::kFmod: return Remainder(a, b, false);
    case BinaryKind::kMin: return std::min(a, b);
    case BinaryKind::kMax: return std::max(a, b);
    case BinaryKind::kPrelu: return a < 0 ? static_cast<C>(ua * ub) : a;
    case BinaryKind::kShiftLeft: return Shift(a, b, true);
    case BinaryKind::kShiftRight: return Shift(a, b, false);
    case BinaryKind::kAnd: return static_cast<C>(ua & ub);
    case BinaryKind::kOr: return static_cast<C>(ua | ub);
    case BinaryKind::kXor: return static_cast<C>(ua ^ ub);
    case BinaryKind::kAtan2: return a;  // no integers come here
  }
  return a;
}

template <typename C>
C Apply(BinaryKind kind, C a, C b) {
  if constexpr (std::is_same_v<C, bool>) {
    return kind == BinaryKind::kAnd ? a && b : (kind == BinaryKind::kOr ? a || b : a != b);
  } else if constexpr (std::is_floating_point_v<C>) {
    return OfFloat(kind, a, b);
  } else {
    return OfInt(kind, a, b);
  }
}

// By 0: the end of the type on the side of a.
int32_t DivideReal(int32_t a, int32_t b, double factor, int32_t y_zero, QuantRange range) {
  if (b == 0) return a == 0 ? range.Clamp(y_zero) : (a < 0 ? range.lo : range.hi);
  const double steps = std::round(static_cast<double>(a) / static_cast<double>(b) * factor) + y_zero;
  return static_cast<int32_t>(std::clamp(steps, static_cast<double>(range.lo), static_cast<double>(range.hi)));
}

void RunQuantised(BinaryKind kind, const Tensor& a, const Tensor& b, const Tensor& y) {
  const int32_t b_zero = ScaleOf(b).zero_point;
  const auto b_scale = static_cast<double>(ScaleOf(b).scale);
  const RescaleQuant above(a.type, y.type), below(a.type, y.type, b_scale);
  const double factor = static_cast<double>(ScaleOf(a).scale) / (b_scale * static_cast<double>(ScaleOf(y).scale));
  DispatchQuantised(y.dtype(), [&]<typename T>() {
    MapBroadcast<T, T, T>(a, b, y, [&](T p, T r) {
      const int32_t da = p - above.x_zero;
      const int32_t db = r - b_zero;
      if (kind == BinaryKind::kDiv) return static_cast<T>(DivideReal(da, db, factor, above.y_zero, above.range));
      return static_cast<T>(da >= 0 ? above.OfDifference(da) : below.OfDifference(da * db));
    });
  });
}

void Run(const RunArgs& args) {
  const auto kind = static_cast<BinaryKind>(args.attrs.As<BinaryAttrs>().kind);
  if ((kind == BinaryKind::kDiv || kind == BinaryKind::kPrelu) && IsQuantised(args.outputs[0].type)) {
    return RunQuantised(kind, args.inputs[0], args.inputs[1], args.outputs[0]);
  }
  Dispatch(args.outputs[0].dtype(), [&]<typename T>() {
    using C = Compute<T>;
    MapBroadcast<T, T, T>(args.inputs[0], args.inputs[1], args.outputs[0],
                          [kind](T a, T b) { return T(Apply<C>(kind, static_cast<C>(a), static_cast<C>(b))); });
  });
}

}  // namespace

extern const Kernel kBinaryRef = {"binary_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
