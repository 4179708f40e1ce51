#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/quant_curve.h"
#include "ops/quant_hard_swish.h"
#include "ops/unary/unary.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename C>
C Softplus(C x) {
  return std::max(x, C(0)) + std::log1p(std::exp(-std::abs(x)));
}

template <typename C>
C Sigmoid(C x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

template <typename C>
C Activate(UnaryKind kind, C x, C alpha, C beta) {
  switch (kind) {
    case UnaryKind::kSigmoid: return Sigmoid(x);
    case UnaryKind::kSilu: return x * Sigmoid(x);
    case UnaryKind::kLeakyRelu: return x < 0 ? alpha * x : x;
    case UnaryKind::kElu: return x < 0 ? alpha * std::expm1(x) : x;
    case UnaryKind::kSelu: return beta * (x < 0 ? alpha * std::expm1(x) : x);
    case UnaryKind::kCelu: return std::max(x, C(0)) + std::min(C(0), alpha * std::expm1(x / alpha));
    case UnaryKind::kHardSigmoid: return std::min(std::max(alpha * x + beta, C(0)), C(1));
    case UnaryKind::kHardSwish: return x * std::min(std::max(x / 6 + C(0.5), C(0)), C(1));
    case UnaryKind::kReluN1To1: return std::min(std::max(x, C(-1)), C(1));
    case UnaryKind::kThresholdedRelu: return x > alpha ? x : C(0);
    case UnaryKind::kShrink: return x < -alpha ? x + beta : (x > alpha ? x - beta : C(0));
    case UnaryKind::kSoftplus: return Softplus(x);
    case UnaryKind::kSoftsign: return x / (1 + std::abs(x));
    case UnaryKind::kMish: return x * std::tanh(Softplus(x));
    case UnaryKind::kGelu: return x * (1 + std::erf(x * C(0.70710678118654752440))) / 2;
    case UnaryKind::kGeluTanh:
      return x * (1 + std::tanh(C(0.79788456080286535588) * (x + C(0.044715) * x * x * x))) / 2;
    default: return x;
  }
}

template <typename C>
C Trigonometry(UnaryKind kind, C x) {
  switch (kind) {
    case UnaryKind::kSin: return std::sin(x);
    case UnaryKind::kCos: return std::cos(x);
    case UnaryKind::kTan: return std::tan(x);
    case UnaryKind::kAsin: return std::asin(x);
    case UnaryKind::kAcos: return std::acos(x);
    case UnaryKind::kAtan: return std::atan(x);
    case UnaryKind::kSinh: return std::sinh(x);
    case UnaryKind::kCosh: return std::cosh(x);
    case UnaryKind::kTanh: return std::tanh(x);
    case UnaryKind::kAsinh: return std::asinh(x);
    case UnaryKind::kAcosh: return std::acosh(x);
    case UnaryKind::kAtanh: return std::atanh(x);
    default: return x;
  }
}

template <typename C>
C OfFloat(const UnaryAttrs& a, C x) {
  const auto kind = static_cast<UnaryKind>(a.kind);
  if (kind >= UnaryKind::kSin && kind <= UnaryKind::kAtanh) return Trigonometry(kind, x);
  switch (kind) {
    case UnaryKind::kExp: return std::exp(x);
    case UnaryKind::kLog: return std::log(x);
    case UnaryKind::kSqrt: return std::sqrt(x);
    case UnaryKind::kReciprocal: return 1 / x;
    case UnaryKind::kErf: return std::erf(x);
    case UnaryKind::kCeil: return std::ceil(x);
    case UnaryKind::kFloor: return std::floor(x);
    case UnaryKind::kRound: return std::nearbyint(x);
    case UnaryKind::kIsNan: return std::isnan(x) ? C(1) : C(0);
    case UnaryKind::kIsInf: return std::isinf(x) && (x < 0 ? a.alpha : a.beta) != 0 ? C(1) : C(0);
    default: return Activate(kind, x, static_cast<C>(a.alpha), static_cast<C>(a.beta));
  }
}

// Wraps at the smallest integer.
template <typename C>
C Negate(C x) {
  if constexpr (std::is_integral_v<C>) return static_cast<C>(uint64_t{0} - static_cast<uint64_t>(x));
  return static_cast<C>(C(0) - x);
}

template <typename C>
C Apply(const UnaryAttrs& a, C x) {
  switch (static_cast<UnaryKind>(a.kind)) {
    case UnaryKind::kNot: return static_cast<C>(x == C(0));
    case UnaryKind::kAbs: return x < C(0) ? Negate(x) : x;
    case UnaryKind::kNeg: return Negate(x);
    case UnaryKind::kSign: return static_cast<C>(static_cast<int>(x > C(0)) - static_cast<int>(x < C(0)));
    case UnaryKind::kRelu: return x < C(0) ? C(0) : x;
    default: break;
  }
  if constexpr (std::is_floating_point_v<C>) {
    return OfFloat(a, x);
  } else if constexpr (std::is_same_v<C, bool>) {
    return x;
  } else {
    return static_cast<C>(~x);
  }
}

template <typename F>
void MapQuantised(const Tensor& x, const Tensor& y, F f) {
  DispatchQuantised(x.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < x.shape().elems(); ++i) y.as<T>()[i] = static_cast<T>(f(x.as<const T>()[i]));
  });
}

void RunQuantised(const UnaryAttrs& attrs, const Tensor& x, const Tensor& y) {
  switch (static_cast<UnaryKind>(attrs.kind)) {
    case UnaryKind::kSigmoid: return RunQuantLogistic(x, y);
    case UnaryKind::kTanh: return RunQuantTanh(x, y);
    case UnaryKind::kRelu: return RescaleAndClamp(x, y, kActivationRelu);
    case UnaryKind::kReluN1To1: return RescaleAndClamp(x, y, kActivationReluN1To1);
    case UnaryKind::kHardSwish: return MapQuantised(x, y, HardSwishQuant(x.type, y.type));
    case UnaryKind::kLeakyRelu: {
      const RescaleQuant above(x.type, y.type), below(x.type, y.type, static_cast<double>(attrs.alpha));
      return MapQuantised(x, y, [&](int32_t v) { return v >= above.x_zero ? above(v) : below(v); });
    }
    default: break;
  }
  const ScaleZero from = ScaleOf(x), to = ScaleOf(y);
  const QuantRange range = RangeOfDType(y.dtype());
  MapQuantised(x, y, [&](int32_t v) {
    return MapReal(v, from, to, range, [&attrs](float real) { return Apply<float>(attrs, real); });
  });
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<UnaryAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  if (IsQuantised(y.type) && IsQuantised(x.type) && static_cast<UnaryKind>(attrs.kind) != UnaryKind::kBitNot) {
    return RunQuantised(attrs, x, y);
  }
  const size_t count = x.shape().elems();
  Dispatch(x.dtype(), [&]<typename T>() {
    using C = Compute<T>;
    for (size_t i = 0; i < count; ++i) {
      const C value = Apply<C>(attrs, static_cast<C>(x.as<const T>()[i]));
      if (y.dtype() == DType::kBool) {
        y.as<Flag>()[i] = Flag(value);
      } else {
        y.as<T>()[i] = T(value);
      }
    }
  });
}

}  // namespace

extern const Kernel kUnaryRef = {"unary_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
