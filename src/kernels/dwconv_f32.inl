// Compiled once per instruction set, after isa/<name>.inl; see dwconv_f32.h.
#include "kernels/dwconv_f32.h"

namespace verge::kernels {
namespace {

using Reg = F32::Reg;
constexpr size_t kLanes = F32::kLanes;
constexpr size_t kStrip = 4;  // output pixels that share their input pixels in registers

Reg LoadChannels(const float* p, size_t left) { return left >= kLanes ? F32::Load(p) : F32::LoadN(p, left); }

void StoreChannels(float* p, Reg v, size_t left) {
  if (left >= kLanes) {
    F32::Store(p, v);
  } else {
    F32::StoreN(p, v, left);
  }
}

// One output pixel that may hang over the left or right edge.
void EdgePixel(const DwConvF32Args& d, size_t o) {
  const size_t start = o * d.stride;  // input column + pad_left
  size_t t0 = 0;
  while (t0 < d.kw && start + t0 * d.dilation < d.pad_left) ++t0;
  size_t t1 = t0;
  while (t1 < d.kw && start + t1 * d.dilation < d.pad_left + d.in_w) ++t1;
  const Reg lo = F32::Set1(d.lo);
  const Reg hi = F32::Set1(d.hi);
  for (size_t c = 0; c < d.channels; c += kLanes) {
    const size_t left = d.channels - c;
    Reg acc = F32::Load(d.bias + c);
    for (size_t r = 0; r < d.row_count; ++r) {
      for (size_t t = t0; t < t1; ++t) {
        const float* x = d.rows[r] + (start + t * d.dilation - d.pad_left) * d.row_channels + c;
        const Reg w = F32::Load(d.w + (r * d.kw + t) * d.padded_channels + c);
        acc = F32::Fma(LoadChannels(x, left), w, acc);
      }
    }
    StoreChannels(d.y + o * d.row_channels + c, F32::Min(hi, F32::Max(lo, acc)), left);
  }
}

// kStrip output pixels of one vector of channels in kOut output rows; x_offset and y are those of the strip's first
// pixels. Unrolled completely: the weights of two kernel rows and all sums stay in registers.
template <size_t kOut, size_t kRows, size_t kWidth, size_t kStride>
inline void StripVector(const DwConvF32Args& d, size_t x_offset, float* y, size_t c, size_t left) {
  constexpr size_t kColumns = (kStrip - 1) * kStride + kWidth;
  Reg acc[kOut][kStrip];
  Reg w[kOut][kWidth];  // w[q]: weights that the current input row has for output row q
#pragma GCC unroll 2
  for (size_t q = 0; q < kOut; ++q) {
#pragma GCC unroll 8
    for (size_t o = 0; o < kStrip; ++o) acc[q][o] = F32::Load(d.bias + c);
  }
#pragma GCC unroll 8
  for (size_t r = 0; r < kRows + kOut - 1; ++r) {
#pragma GCC unroll 8
    for (size_t t = 0; t < kWidth; ++t) {
      if constexpr (kOut == 2) {
        if (r > 0) w[1][t] = w[0][t];
      }
      if (r < kRows) w[0][t] = F32::Load(d.w + (r * kWidth + t) * d.padded_channels + c);
    }
    const float* x = d.rows[r] + x_offset + c;
#pragma GCC unroll 16
    for (size_t i = 0; i < kColumns; ++i) {
      const Reg pixel = LoadChannels(x + i * d.row_channels, left);
#pragma GCC unroll 2
      for (size_t q = 0; q < kOut; ++q) {
        if (r < q || r - q >= kRows) continue;
#pragma GCC unroll 8
        for (size_t o = 0; o < kStrip; ++o) {
          const size_t t = i - o * kStride;  // wraps left of the window
          if (t < kWidth) acc[q][o] = F32::Fma(pixel, w[q][t], acc[q][o]);
        }
      }
    }
  }
  const Reg lo = F32::Set1(d.lo);
  const Reg hi = F32::Set1(d.hi);
#pragma GCC unroll 2
  for (size_t q = 0; q < kOut; ++q) {
#pragma GCC unroll 8
    for (size_t o = 0; o < kStrip; ++o) {
      StoreChannels(y + q * d.y_row + o * d.row_channels + c, F32::Min(hi, F32::Max(lo, acc[q][o])), left);
    }
  }
}

// Whole strips from output o on, as long as they end before `end`; returns where it stopped.
template <size_t kOut, size_t kRows, size_t kWidth, size_t kStride>
[[gnu::noinline]] size_t Strips(const DwConvF32Args& d, size_t o, size_t end) {
  for (; o + kStrip <= end; o += kStrip) {
    const size_t x_offset = (o * kStride - d.pad_left) * d.row_channels;
    float* y = d.y + o * d.row_channels;
    size_t c = 0;
    for (; c + kLanes <= d.channels; c += kLanes) StripVector<kOut, kRows, kWidth, kStride>(d, x_offset, y, c, kLanes);
    if (c < d.channels) StripVector<kOut, kRows, kWidth, kStride>(d, x_offset, y, c, d.channels - c);
  }
  return o;
}

template <size_t kRows, size_t kWidth>
size_t StripsOfStride(const DwConvF32Args& d, size_t o, size_t end) {
  if (d.stride == 1) return Strips<1, kRows, kWidth, 1>(d, o, end);
  if (d.stride == 2) return Strips<1, kRows, kWidth, 2>(d, o, end);
  return o;
}

size_t FastStrips(const DwConvF32Args& d, size_t o, size_t end) {
  if (d.dilation != 1) return o;
  if (d.kw == 3) {
    if (d.row_count == 3) return StripsOfStride<3, 3>(d, o, end);
    if (d.row_count == 2) return StripsOfStride<2, 3>(d, o, end);
  } else if (d.kw == 5) {
    if (d.row_count == 5) return StripsOfStride<5, 5>(d, o, end);
    if (d.row_count == 4) return StripsOfStride<4, 5>(d, o, end);
    if (d.row_count == 3) return StripsOfStride<3, 5>(d, o, end);
  }
  return o;
}

// Outputs in [first, last) see only columns inside the image.
struct Interior {
  size_t first;
  size_t last;
};

Interior InteriorOf(const DwConvF32Args& d) {
  size_t first = (d.pad_left + d.stride - 1) / d.stride;
  if (first > d.out_w) first = d.out_w;
  const size_t reach = (d.kw - 1) * d.dilation + 1;
  size_t last = d.pad_left + d.in_w >= reach ? (d.pad_left + d.in_w - reach) / d.stride + 1 : 0;
  if (last > d.out_w) last = d.out_w;
  if (last < first) last = first;
  return {first, last};
}

void EdgePixels(const DwConvF32Args& d, size_t o, size_t end) {
  for (; o < end; ++o) EdgePixel(d, o);
}

void DwConvRow(const DwConvF32Args& d) {
  const Interior interior = InteriorOf(d);
  EdgePixels(d, 0, interior.first);
  EdgePixels(d, FastStrips(d, interior.first, interior.last), d.out_w);
}

void DwConvRows(const DwConvF32Args& d) {
  if (d.out_rows == 1) return DwConvRow(d);
  DwConvF32Args second = d;
  second.rows = d.rows + 1;
  second.y = d.y + d.y_row;
  if (d.kw != 3 || d.row_count != 3 || d.stride != 1 || d.dilation != 1) {
    DwConvRow(d);
    return DwConvRow(second);
  }
  const Interior interior = InteriorOf(d);
  const size_t stop = Strips<2, 3, 3, 1>(d, interior.first, interior.last);
  EdgePixels(d, 0, interior.first);
  EdgePixels(d, stop, d.out_w);
  EdgePixels(second, 0, interior.first);
  EdgePixels(second, stop, d.out_w);
}

}  // namespace

extern const DwConvF32Table VERGE_ISA_SYMBOL(dwconv_f32);
const DwConvF32Table VERGE_ISA_SYMBOL(dwconv_f32) = {VERGE_ISA_NAME, F32::kDwConvName, F32::kLanes, DwConvRows};

}  // namespace verge::kernels
