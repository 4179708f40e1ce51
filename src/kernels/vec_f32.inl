// Compiled once per instruction set, after isa/<name>.inl; see vec_f32.h.
#include "kernels/vec_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;

struct Clamp {
  Reg lo, hi;
  Clamp(float l, float h) : lo(F32::Set1(l)), hi(F32::Set1(h)) {}
  Reg operator()(Reg v) const { return F32::Min(hi, F32::Max(lo, v)); }
};

template <typename F>
void Map1(const float* x, float* y, size_t n, F f) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) F32::Store(y + i, f(F32::Load(x + i)));
  if (i < n) F32::StoreN(y + i, f(F32::LoadN(x + i, n - i)), n - i);
}

template <typename F>
void Map2(const float* a, const float* b, float* y, size_t n, F f) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) F32::Store(y + i, f(F32::Load(a + i), F32::Load(b + i)));
  if (i < n) F32::StoreN(y + i, f(F32::LoadN(a + i, n - i), F32::LoadN(b + i, n - i)), n - i);
}

struct AddOp {
  static Reg Of(Reg a, Reg b) { return F32::Add(a, b); }
};
struct SubOp {
  static Reg Of(Reg a, Reg b) { return F32::Sub(a, b); }
};
struct MulOp {
  static Reg Of(Reg a, Reg b) { return F32::Mul(a, b); }
};

template <typename Op>
void Binary(const float* a, const float* b, float* y, size_t n, float lo, float hi) {
  const Clamp clamp(lo, hi);
  Map2(a, b, y, n, [&](Reg p, Reg q) { return clamp(Op::Of(p, q)); });
}

template <typename Op>
void BinaryScalar(const float* a, float b, float* y, size_t n, float lo, float hi) {
  const Clamp clamp(lo, hi);
  const Reg q = F32::Set1(b);
  Map1(a, y, n, [&](Reg p) { return clamp(Op::Of(p, q)); });
}

void ClampAll(const float* x, float* y, size_t n, float lo, float hi) { Map1(x, y, n, Clamp(lo, hi)); }

// e^x for x in [-87.3, 88]: x = k ln 2 + r, and e^r = 1 + r + r^2 q(r) with the q of degree 4 whose largest relative
// error for |r| <= 0.347 is smallest, 3e-9 (weighted least squares, Lawson's iteration).
Reg Exp(Reg x) {
  const Reg shift = F32::Set1(12582912.0F);  // 1.5 * 2^23: sums with it are rounded to whole numbers
  const Reg t = F32::Fma(x, F32::Set1(1.44269504F), shift);
  const Reg k = F32::Sub(t, shift);
  // ln 2 in two parts, the first short enough that k times it is exact.
  Reg r = F32::Fma(k, F32::Set1(-0.693359375F), x);
  r = F32::Fma(k, F32::Set1(2.12194440e-4F), r);
  Reg q = F32::Set1(1.381446691e-3F);
  q = F32::Fma(q, r, F32::Set1(8.368780412e-3F));
  q = F32::Fma(q, r, F32::Set1(4.166839421e-2F));
  q = F32::Fma(q, r, F32::Set1(1.666652011e-1F));
  q = F32::Fma(q, r, F32::Set1(4.999999341e-1F));
  const Reg p = F32::Add(F32::Set1(1.0F), F32::Fma(q, F32::Mul(r, r), r));
  return F32::Mul(p, F32::Pow2(t));
}

// y / (1 + e^-x): the logistic function for y = 1, SiLU for y = x.
Reg Gated(Reg y, Reg x) {
  const Clamp clamp(-87.3F, 88.0F);
  return F32::Div(y, F32::Add(F32::Set1(1), Exp(clamp(F32::Sub(F32::Zero(), x)))));
}

void Logistic(const float* x, float* y, size_t n) {
  Map1(x, y, n, [](Reg v) { return Gated(F32::Set1(1), v); });
}

// y = finish(fold over p of x[p]), p < count.
template <typename Fold, typename Finish>
void Reduce(const float* const* x, size_t count, float* y, size_t n, Fold fold, Finish finish) {
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Reg acc = F32::Load(x[0] + i);
    for (size_t p = 1; p < count; ++p) acc = fold(acc, F32::Load(x[p] + i));
    F32::Store(y + i, finish(acc));
  }
  if (i < n) {
    Reg acc = F32::LoadN(x[0] + i, n - i);
    for (size_t p = 1; p < count; ++p) acc = fold(acc, F32::LoadN(x[p] + i, n - i));
    F32::StoreN(y + i, finish(acc), n - i);
  }
}

void MaxOf(const float* const* x, size_t count, float* y, size_t n, float lo, float hi) {
  Reduce(x, count, y, n, [](Reg a, Reg b) { return F32::Max(a, b); }, Clamp(lo, hi));
}

void MeanOf(const float* const* x, size_t count, float scale, float* y, size_t n, float lo, float hi) {
  const Clamp clamp(lo, hi);
  const Reg s = F32::Set1(scale);
  Reduce(x, count, y, n, [](Reg a, Reg b) { return F32::Add(a, b); }, [&](Reg sum) { return clamp(F32::Mul(sum, s)); });
}

void Blend4(const float* const x[4], const float w[4], float* y, size_t n) {
  const Reg w0 = F32::Set1(w[0]), w1 = F32::Set1(w[1]), w2 = F32::Set1(w[2]), w3 = F32::Set1(w[3]);
  const auto blend = [&](Reg a, Reg b, Reg c, Reg d) {
    Reg sum = F32::Add(F32::Mul(a, w0), F32::Mul(b, w1));
    sum = F32::Add(sum, F32::Mul(c, w2));
    return F32::Add(sum, F32::Mul(d, w3));
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    F32::Store(y + i, blend(F32::Load(x[0] + i), F32::Load(x[1] + i), F32::Load(x[2] + i), F32::Load(x[3] + i)));
  }
  if (i < n) {
    const size_t m = n - i;
    F32::StoreN(
        y + i,
        blend(F32::LoadN(x[0] + i, m), F32::LoadN(x[1] + i, m), F32::LoadN(x[2] + i, m), F32::LoadN(x[3] + i, m)), m);
  }
}

// 0 and infinity where e^x leaves what Exp takes.
Reg WholeExp(Reg x) {
  const Clamp clamp(-87.3F, 88.0F);
  const Reg inside = Exp(clamp(x));
  // Between 88 and 88.7: e^x = e^(x - 1) e.
  const Reg above = F32::Mul(Exp(clamp(F32::Sub(x, F32::Set1(1)))), F32::Set1(2.71828183F));
  const Reg large = F32::SelectLess(F32::Set1(88.72283F), x, F32::Set1(__builtin_inff()), above);
  const Reg all = F32::SelectLess(F32::Set1(88.0F), x, large, inside);
  return F32::SelectLess(x, F32::Set1(-87.3F), F32::Zero(), all);
}

// Near 0 an odd polynomial (Cephes, tanhf), else by e^2|x|.
Reg Tanh(Reg x) {
  const Reg size = F32::Abs(x);
  const Reg e = Exp(F32::Min(F32::Set1(20.0F), F32::Add(size, size)));
  const Reg far = F32::Sub(F32::Set1(1), F32::Div(F32::Set1(2), F32::Add(e, F32::Set1(1))));
  const Reg z = F32::Mul(x, x);
  Reg p = F32::Set1(-5.70498872745e-3F);
  p = F32::Fma(p, z, F32::Set1(2.06390887954e-2F));
  p = F32::Fma(p, z, F32::Set1(-5.37397155531e-2F));
  p = F32::Fma(p, z, F32::Set1(1.33314422036e-1F));
  p = F32::Fma(p, z, F32::Set1(-3.33332819422e-1F));
  const Reg near = F32::Fma(F32::Mul(p, z), x, x);
  return F32::SelectLess(F32::Set1(0.625F), size, F32::CopySign(far, x), near);
}

// 1 - (a1 t + ... + a5 t^5) e^-x^2 for x >= 0, t = 1 / (1 + p x); odd.
Reg Erf(Reg x) {
  const Reg size = F32::Abs(x);
  const Reg t = F32::Div(F32::Set1(1), F32::Fma(F32::Set1(0.3275911F), size, F32::Set1(1)));
  Reg p = F32::Set1(1.061405429F);
  p = F32::Fma(p, t, F32::Set1(-1.453152027F));
  p = F32::Fma(p, t, F32::Set1(1.421413741F));
  p = F32::Fma(p, t, F32::Set1(-0.284496736F));
  p = F32::Fma(p, t, F32::Set1(0.254829592F));
  const Reg square = F32::Min(F32::Set1(87.0F), F32::Mul(size, size));
  const Reg rest = F32::Mul(F32::Mul(p, t), Exp(F32::Sub(F32::Zero(), square)));
  return F32::CopySign(F32::Sub(F32::Set1(1), rest), x);
}

// x tanh(log(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2); x itself from 20 on.
Reg Mish(Reg x) {
  const Clamp clamp(-87.3F, 20.0F);
  const Reg e = Exp(clamp(x));
  const Reg n = F32::Mul(e, F32::Add(e, F32::Set1(2)));
  return F32::SelectLess(F32::Set1(20.0F), x, x, F32::Mul(x, F32::Div(n, F32::Add(n, F32::Set1(2)))));
}

// alpha (e^x - 1) below 0; near it by tanh, which loses nothing: e^x - 1 = 2 t / (1 - t), t = tanh(x / 2).
Reg Elu(Reg x, Reg alpha) {
  const Reg t = Tanh(F32::Mul(x, F32::Set1(0.5F)));
  const Reg below = F32::Mul(alpha, F32::Div(F32::Add(t, t), F32::Sub(F32::Set1(1), t)));
  return F32::SelectLess(x, F32::Zero(), below, x);
}

template <VecUnary kKind>
Reg Of(Reg x, Reg alpha, Reg beta) {
  const Reg half = F32::Set1(0.5F), one = F32::Set1(1);
  switch (kKind) {
    case VecUnary::kExp: return WholeExp(x);
    case VecUnary::kTanh: return Tanh(x);
    case VecUnary::kGelu: return F32::Mul(F32::Mul(x, half), F32::Add(one, Erf(F32::Mul(x, F32::Set1(0.70710678F)))));
    case VecUnary::kGeluTanh: {
      const Reg cube = F32::Mul(F32::Mul(x, x), x);
      const Reg inner = F32::Mul(F32::Set1(0.79788456F), F32::Fma(F32::Set1(0.044715F), cube, x));
      return F32::Mul(F32::Mul(x, half), F32::Add(one, Tanh(inner)));
    }
    case VecUnary::kSilu: return Gated(x, x);
    case VecUnary::kMish: return Mish(x);
    case VecUnary::kElu: return Elu(x, alpha);
    case VecUnary::kLeakyRelu: return F32::SelectLess(x, F32::Zero(), F32::Mul(alpha, x), x);
    case VecUnary::kHardSigmoid: return F32::Min(one, F32::Max(F32::Zero(), F32::Add(F32::Mul(alpha, x), beta)));
    case VecUnary::kHardSwish:
      return F32::Mul(x, F32::Min(one, F32::Max(F32::Zero(), F32::Add(F32::Div(x, F32::Set1(6)), half))));
    case VecUnary::kSqrt: return F32::Sqrt(x);
    case VecUnary::kReciprocal: return F32::Div(one, x);
    case VecUnary::kAbs: return F32::Abs(x);
    case VecUnary::kNeg: return F32::Sub(F32::Zero(), x);
  }
  return x;
}

template <VecUnary kKind>
void Unary(const float* x, float* y, size_t n, float alpha, float beta) {
  const Reg a = F32::Set1(alpha), b = F32::Set1(beta);
  Map1(x, y, n, [&](Reg v) { return Of<kKind>(v, a, b); });
}

struct DivOp {
  static Reg Of(Reg a, Reg b) { return F32::Div(a, b); }
};
// a where it is NaN; b where that is, because it compares with nothing.
struct MinOp {
  static Reg Of(Reg a, Reg b) { return F32::SelectNan(a, a, F32::SelectLess(a, b, a, b)); }
};
struct MaxOp {
  static Reg Of(Reg a, Reg b) { return F32::SelectNan(a, a, F32::SelectLess(b, a, a, b)); }
};
struct PreluOp {
  static Reg Of(Reg a, Reg b) { return F32::SelectLess(a, F32::Zero(), F32::Mul(a, b), a); }
};

template <typename Op>
void Pairs(const float* a, const float* b, float* y, size_t n) {
  Map2(a, b, y, n, [](Reg p, Reg q) { return Op::Of(p, q); });
}

template <typename Op>
void PairsScalar(const float* a, float b, float* y, size_t n) {
  const Reg q = F32::Set1(b);
  Map1(a, y, n, [&](Reg p) { return Op::Of(p, q); });
}

void Softmax(const float* x, float* y, size_t n, float beta) {
  const size_t whole = n - n % kLanes, rest = n % kLanes;
  const Reg lowest = F32::Set1(-__builtin_inff());
  Reg top = lowest;
  for (size_t i = 0; i < whole; i += kLanes) top = F32::Max(top, F32::Load(x + i));
  float m = F32::Largest(top);
  for (size_t i = whole; i < n; ++i) m = x[i] > m || x[i] != x[i] ? x[i] : m;
  const Reg shift = F32::Set1(m), scale = F32::Set1(beta);
  const auto share = [&](Reg v) { return WholeExp(F32::Mul(scale, F32::Sub(v, shift))); };
  Reg total = F32::Zero();
  for (size_t i = 0; i < whole; i += kLanes) {
    const Reg e = share(F32::Load(x + i));
    F32::Store(y + i, e);
    total = F32::Add(total, e);
  }
  float sum = F32::Sum(total);
  if (rest > 0) {
    F32::StoreN(y + whole, share(F32::LoadN(x + whole, rest)), rest);
    for (size_t i = whole; i < n; ++i) sum += y[i];
  }
  const Reg inverse = F32::Set1(1 / sum);
  Map1(y, y, n, [&](Reg v) { return F32::Mul(v, inverse); });
}

template <int kVecs>
void MatvecBlock(const float* start, const float* x, size_t k, const float* b, size_t stride, float* y) {
  Reg sum[kVecs];
#pragma GCC unroll 8
  for (int v = 0; v < kVecs; ++v) sum[v] = F32::Load(start + v * static_cast<int>(kLanes));
  for (size_t i = 0; i < k; ++i, b += stride) {
    const Reg a = F32::Set1(x[i]);
#pragma GCC unroll 8
    for (int v = 0; v < kVecs; ++v) sum[v] = F32::Fma(a, F32::Load(b + v * static_cast<int>(kLanes)), sum[v]);
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVecs; ++v) F32::Store(y + v * static_cast<int>(kLanes), sum[v]);
}

void Matvec(const float* start, const float* x, size_t k, const float* b, size_t stride, float* y, size_t n) {
  size_t j = 0;
  for (; j + 8 * kLanes <= n; j += 8 * kLanes) MatvecBlock<8>(start + j, x, k, b + j, stride, y + j);
  for (; j + 2 * kLanes <= n; j += 2 * kLanes) MatvecBlock<2>(start + j, x, k, b + j, stride, y + j);
  for (; j < n; j += kLanes) {
    const size_t count = n - j < kLanes ? n - j : kLanes;
    Reg sum = F32::LoadN(start + j, count);
    for (size_t i = 0; i < k; ++i) sum = F32::Fma(F32::Set1(x[i]), F32::LoadN(b + i * stride + j, count), sum);
    F32::StoreN(y + j, sum, count);
  }
}

}  // namespace

extern const VecF32Table VERGE_ISA_SYMBOL(vec_f32);
const VecF32Table VERGE_ISA_SYMBOL(vec_f32) = {
    VERGE_ISA_NAME,
    F32::kVecName,
    F32::kLanes,
    Binary<AddOp>,
    Binary<SubOp>,
    Binary<MulOp>,
    BinaryScalar<AddOp>,
    BinaryScalar<SubOp>,
    BinaryScalar<MulOp>,
    ClampAll,
    Logistic,
    MaxOf,
    MeanOf,
    Blend4,
    {Unary<VecUnary::kExp>, Unary<VecUnary::kTanh>, Unary<VecUnary::kGelu>, Unary<VecUnary::kGeluTanh>,
     Unary<VecUnary::kSilu>, Unary<VecUnary::kMish>, Unary<VecUnary::kElu>, Unary<VecUnary::kLeakyRelu>,
     Unary<VecUnary::kHardSigmoid>, Unary<VecUnary::kHardSwish>, Unary<VecUnary::kSqrt>, Unary<VecUnary::kReciprocal>,
     Unary<VecUnary::kAbs>, Unary<VecUnary::kNeg>},
    {Pairs<DivOp>, Pairs<MinOp>, Pairs<MaxOp>, Pairs<PreluOp>},
    {PairsScalar<DivOp>, PairsScalar<MinOp>, PairsScalar<MaxOp>, PairsScalar<PreluOp>},
    Softmax,
    Matvec,
};

}  // namespace verge::kernels
