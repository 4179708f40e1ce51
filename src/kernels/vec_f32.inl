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

// e^x for x in [-87.3, 88]: x = k ln 2 + r, and Taylor's polynomial of e^r (|r| <= 0.347: remainder below 6e-9).
Reg Exp(Reg x) {
  const Reg k = F32::Round(F32::Mul(x, F32::Set1(1.44269504F)));
  // ln 2 in two parts, the first short enough that k times it is exact.
  Reg r = F32::Fma(k, F32::Set1(-0.693359375F), x);
  r = F32::Fma(k, F32::Set1(2.12194440e-4F), r);
  Reg p = F32::Set1(1.0F / 5040);
  p = F32::Fma(p, r, F32::Set1(1.0F / 720));
  p = F32::Fma(p, r, F32::Set1(1.0F / 120));
  p = F32::Fma(p, r, F32::Set1(1.0F / 24));
  p = F32::Fma(p, r, F32::Set1(1.0F / 6));
  p = F32::Fma(p, r, F32::Set1(0.5F));
  p = F32::Fma(p, r, F32::Set1(1.0F));
  p = F32::Fma(p, r, F32::Set1(1.0F));
  return F32::Mul(p, F32::Pow2(k));
}

void Logistic(const float* x, float* y, size_t n) {
  const Clamp clamp(-87.3F, 88.0F);
  const Reg one = F32::Set1(1.0F);
  Map1(x, y, n, [&](Reg v) { return F32::Div(one, F32::Add(one, Exp(clamp(F32::Sub(F32::Zero(), v))))); });
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
};

}  // namespace verge::kernels
