#include "kernels/dwconv_image_f32.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace verge::kernels {
namespace {

size_t PaddedChannels(const DwConvF32Table& table, const DwImageF32Shape& s) {
  return (s.channels + table.lanes - 1) / table.lanes * table.lanes;
}

struct Job {
  const DwConvF32Table& table;
  const DwImageF32Shape& s;
  const float* x;
  const float* bias;
  const float* w;
  float* y;
  size_t tasks;
};

void RunRow(const Job& job, size_t image, size_t i) {
  const DwImageF32Shape& s = job.s;
  const size_t padded = PaddedChannels(job.table, s);
  const float* rows[kMaxDwRows];
  DwConvF32Args args{};
  size_t first_tap_row = 0;
  for (size_t p = 0; p < s.kh; ++p) {
    const size_t at = i * s.stride_h + p * s.dilation_h;
    if (at < s.pad_top || at - s.pad_top >= s.in_h) continue;
    if (args.row_count == 0) first_tap_row = p;
    rows[args.row_count++] = job.x + (image * s.in_h + at - s.pad_top) * s.in_w * s.channels;
  }
  args.rows = rows;
  args.kw = s.kw;
  args.stride = s.stride_w;
  args.dilation = s.dilation_w;
  args.pad_left = s.pad_left;
  args.in_w = s.in_w;
  args.out_w = s.out_w;
  args.channels = s.channels;
  args.padded_channels = padded;
  args.row_channels = s.channels;
  args.bias = job.bias;
  args.w = job.w + first_tap_row * s.kw * padded;
  args.y = job.y + (image * s.out_h + i) * s.out_w * s.channels;
  args.lo = s.lo;
  args.hi = s.hi;
  job.table.row(args);
}

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  const size_t rows = job.s.n * job.s.out_h;
  const size_t t = static_cast<size_t>(task);
  for (size_t r = rows * t / job.tasks; r < rows * (t + 1) / job.tasks; ++r) {
    RunRow(job, r / job.s.out_h, r % job.s.out_h);
  }
}

}  // namespace

std::optional<size_t> DwImageF32PackedBytes(const DwConvF32Table& table, const DwImageF32Shape& s) {
  const auto taps = CheckedMul(s.kh, s.kw);
  if (!taps) return std::nullopt;
  const auto floats = CheckedMul(*taps + 1, PaddedChannels(table, s));
  return floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
}

void PackDwImageF32(const DwConvF32Table& table, const DwImageF32Shape& s, const float* w, const float* b,
                    std::byte* packed) {
  const size_t padded = PaddedChannels(table, s);
  float* out = reinterpret_cast<float*>(packed);
  std::fill_n(out, padded * (s.kh * s.kw + 1), 0.0F);
  if (b != nullptr) std::memcpy(out, b, s.channels * sizeof(float));
  for (size_t tap = 0; tap < s.kh * s.kw; ++tap) {
    std::memcpy(out + (tap + 1) * padded, w + tap * s.channels, s.channels * sizeof(float));
  }
}

void RunDwImageF32(const DwConvF32Table& table, const DwImageF32Shape& s, const float* x, const std::byte* packed,
                   float* y, Parallel* parallel) {
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  const float* bias = reinterpret_cast<const float*>(packed);
  Job job{table, s, x, bias, bias + PaddedChannels(table, s), y, std::min(threads, s.n * s.out_h)};
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
