// Compiled once per instruction set, after isa/<name>_dots.inl; see dwconv_i8.h.
#include "kernels/dwconv_i8.h"
#include "kernels/rescale.inl"

namespace verge::kernels {
namespace {

using Reg = I32::Reg;
constexpr size_t kLanes = I32::kLanes;
constexpr size_t kChunk = kDwI8Vectors * kLanes;

struct Sums {
  Reg low, high;
};

// The sums of one pixel over `count` <= kChunk channels that begin at byte `first`.
template <bool kIsSigned, bool kIsWhole>
inline Sums SumPixel(const DwConvI8Args& g, size_t pixel, size_t first, size_t count, const int32_t* parameters) {
  Sums s{I32::Load(parameters), I32::Load(parameters + kLanes)};
  const int32_t* w = parameters + kGemmI8Parameters * kChunk;
  const void* const* rows = g.rows + pixel;
  for (size_t pair = 0; pair < g.pairs; ++pair, rows += 2 * g.row_stride, w += kChunk) {
    const auto* a = static_cast<const char*>(rows[0]) + first;
    const auto* b = static_cast<const char*>(rows[g.row_stride]) + first;
    const Reg x = kIsWhole ? I32::LoadWords<kIsSigned>(a) : I32::LoadWordsN<kIsSigned>(a, count);
    const Reg y = kIsWhole ? I32::LoadWords<kIsSigned>(b) : I32::LoadWordsN<kIsSigned>(b, count);
    s.low = I32::DotWords(s.low, I32::LowPairs(x, y), I32::Load(w));
    s.high = I32::DotWords(s.high, I32::HighPairs(x, y), I32::Load(w + kLanes));
  }
  return s;
}

template <bool kIsSigned, bool kIsWhole>
void Chunk(const DwConvI8Args& g, size_t first, size_t count, const int32_t* parameters) {
  const Rescaler low(parameters + kChunk, kChunk, g.halves_away);
  const Rescaler high(parameters + kChunk + kLanes, kChunk, g.halves_away);
  const Narrower narrow(g.y_zero, g.lo, g.hi);
  auto* y = static_cast<char*>(g.y) + first;
  for (size_t i = 0; i < g.m; ++i, y += g.y_stride) {
    const Sums s = SumPixel<kIsSigned, kIsWhole>(g, i, first, count, parameters);
    const Reg a = narrow(low(s.low)), b = narrow(high(s.high));
    kIsWhole ? I32::StoreJoined(y, a, b) : I32::StoreJoinedN(y, a, b, count);
  }
}

template <bool kIsSigned, bool kIsWhole>
void RealChunk(const DwConvI8Args& g, size_t first, size_t count, const int32_t* parameters) {
  const F32::Reg lo = F32::Set1(g.real_lo), hi = F32::Set1(g.real_hi);
  const F32::Reg low = F32::Load(reinterpret_cast<const float*>(parameters + kChunk));
  const F32::Reg high = F32::Load(reinterpret_cast<const float*>(parameters + kChunk + kLanes));
  auto* y = static_cast<float*>(g.y) + first;
  for (size_t i = 0; i < g.m; ++i, y += g.y_stride) {
    const Sums s = SumPixel<kIsSigned, kIsWhole>(g, i, first, count, parameters);
    const F32::Reg a = F32::Min(hi, F32::Max(lo, F32::Mul(I32::ToFloat(s.low), low)));
    const F32::Reg b = F32::Min(hi, F32::Max(lo, F32::Mul(I32::ToFloat(s.high), high)));
    alignas(64) float both[kChunk];
    I32::StoreInOrder(both, a, b);
    __builtin_memcpy(y, both, count * sizeof(float));
  }
}

template <bool kIsSigned, bool kIsWhole>
void SumChunk(const DwConvI8Args& g, size_t first, size_t count, const int32_t* parameters) {
  auto* y = static_cast<int32_t*>(g.y) + first;
  for (size_t i = 0; i < g.m; ++i, y += g.y_stride) {
    const Sums s = SumPixel<kIsSigned, kIsWhole>(g, i, first, count, parameters);
    alignas(64) float both[kChunk];  // the bits of the sums
    I32::StoreInOrder(both, reinterpret_cast<F32::Reg>(s.low), reinterpret_cast<F32::Reg>(s.high));
    __builtin_memcpy(y, both, count * sizeof(int32_t));
  }
}

template <bool kIsSigned, bool kIsWhole>
void AnyChunk(const DwConvI8Args& g, size_t first, size_t count, const int32_t* parameters) {
  switch (g.output) {
    case GemmI8Output::kBytes: return Chunk<kIsSigned, kIsWhole>(g, first, count, parameters);
    case GemmI8Output::kFloat: return RealChunk<kIsSigned, kIsWhole>(g, first, count, parameters);
    case GemmI8Output::kSums: return SumChunk<kIsSigned, kIsWhole>(g, first, count, parameters);
  }
}

template <bool kIsSigned>
void Pixels(const DwConvI8Args& g) {
  const auto* parameters = static_cast<const int32_t*>(g.w);
  for (size_t first = 0; first < g.channels; first += kChunk) {
    const size_t count = g.channels - first < kChunk ? g.channels - first : kChunk;
    count == kChunk ? AnyChunk<kIsSigned, true>(g, first, count, parameters)
                    : AnyChunk<kIsSigned, false>(g, first, count, parameters);
    parameters += (kGemmI8Parameters + g.pairs) * kChunk;
  }
}

void Run(const DwConvI8Args& g) { g.is_signed ? Pixels<true>(g) : Pixels<false>(g); }

}  // namespace

extern const DwConvI8Table VERGE_ISA_SYMBOL(dwconv_i8);
const DwConvI8Table VERGE_ISA_SYMBOL(dwconv_i8) = {VERGE_ISA_NAME, Dots::kDwConvName, kLanes, Run};

}  // namespace verge::kernels
