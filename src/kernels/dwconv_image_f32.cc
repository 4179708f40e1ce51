#include "kernels/dwconv_image_f32.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "kernels/parallel_range.h"

namespace verge::kernels {
namespace {

constexpr size_t kGrainProducts = 16384;  // of a thread, at least

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

// The input rows that output row i of one image sees.
struct RowSpan {
  size_t first_tap = 0;  // kernel row of the first one
  size_t count = 0;
};

RowSpan FindRows(const Job& job, size_t image, size_t i, const float** rows) {
  const DwImageF32Shape& s = job.s;
  RowSpan span;
  for (size_t p = 0; p < s.kh; ++p) {
    const size_t at = i * s.stride_h + p * s.dilation_h;
    if (at < s.pad_top || at - s.pad_top >= s.in_h) continue;
    if (span.count == 0) span.first_tap = p;
    rows[span.count++] = job.x + (image * s.in_h + at - s.pad_top) * s.in_w * s.channels;
  }
  return span;
}

// Row i of one image, and the next one too when `next_fits` and its input rows continue those of row i. Returns how
// many.
size_t RunRows(const Job& job, size_t image, size_t i, bool next_fits) {
  const DwImageF32Shape& s = job.s;
  const size_t padded = PaddedChannels(job.table, s);
  const float* rows[kMaxDwRows + 1];
  const RowSpan span = FindRows(job, image, i, rows);
  const bool is_pair =
      next_fits && s.stride_h == 1 && s.dilation_h == 1 && span.count == s.kh && i + s.kh - s.pad_top < s.in_h;
  if (is_pair) rows[s.kh] = rows[s.kh - 1] + s.in_w * s.channels;
  DwConvF32Args args{};
  args.rows = rows;
  args.row_count = span.count;
  args.out_rows = is_pair ? 2 : 1;
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
  args.w = job.w + span.first_tap * s.kw * padded;
  args.y_row = s.out_w * s.channels;
  args.y = job.y + (image * s.out_h + i) * args.y_row;
  args.lo = s.lo;
  args.hi = s.hi;
  job.table.rows(args);
  return args.out_rows;
}

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  const size_t rows = job.s.n * job.s.out_h;
  const size_t t = static_cast<size_t>(task);
  const size_t end = rows * (t + 1) / job.tasks;
  for (size_t r = rows * t / job.tasks; r < end;) {
    const size_t i = r % job.s.out_h;
    r += RunRows(job, r / job.s.out_h, i, r + 1 < end && i + 1 < job.s.out_h);
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
  const float* bias = reinterpret_cast<const float*>(packed);
  Job job{table,
          s,
          x,
          bias,
          bias + PaddedChannels(table, s),
          y,
          TasksFor(parallel, s.n * s.out_h, s.n * s.out_h * s.out_w * s.channels * s.kh * s.kw, kGrainProducts)};
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
