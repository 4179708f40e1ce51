#include "kernels/dwconv_image_i8.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"

namespace verge::kernels {
namespace {

constexpr size_t kAlign = 64;
constexpr size_t kBlockPixels = 32;
constexpr size_t kGrainSums = 16384;  // products of a thread at least: below that, waking one costs more than it brings

size_t Aligned(size_t bytes) { return (bytes + kAlign - 1) & ~(kAlign - 1); }
size_t Taps(const ConvI8Layer& layer) { return layer.window.kh * layer.window.kw; }
size_t Pairs(const ConvI8Layer& layer) { return (Taps(layer) + 1) / 2; }
size_t OutsideBytes(const ConvI8Layer& layer) { return Aligned(layer.window.in_c); }

int32_t WeightAt(const ConvI8Layer& layer, const void* w, size_t tap, size_t c) {
  if (tap >= Taps(layer) || c >= layer.window.in_c) return 0;
  const size_t at = tap * layer.window.in_c + c;
  const int32_t stored =
      layer.is_signed ? int32_t{static_cast<const int8_t*>(w)[at]} : int32_t{static_cast<const uint8_t*>(w)[at]};
  return stored - layer.w_zero;
}

void PackParameters(const ConvI8Layer& layer, const void* w, const ConvI8Channel& channel, size_t c, size_t chunk,
                    int32_t* at) {
  uint32_t sum = 0;  // wraps
  for (size_t t = 0; t < Taps(layer); ++t) sum += static_cast<uint32_t>(WeightAt(layer, w, t, c));
  at[0] = static_cast<int32_t>(static_cast<uint32_t>(channel.bias) - static_cast<uint32_t>(layer.x_zero) * sum);
  if (layer.output == GemmI8Output::kFloat) {
    std::memcpy(at + chunk, &channel.step, sizeof channel.step);
  } else {
    const int32_t left = std::max(channel.shift, 0);
    at[chunk] = channel.multiplier;
    at[2 * chunk] = left;
    at[3 * chunk] = left - channel.shift;
  }
}

struct Job {
  const DwConvI8Table& table;
  const ConvI8Layer& layer;
  const ConvI8Buffers& io;
  size_t pixels;
  size_t blocks;
  size_t tasks;
};

void RunBlock(const Job& job, size_t first, size_t count, const std::byte** rows) {
  const ConvI8Layer& layer = job.layer;
  const size_t channels = layer.window.in_c;
  const std::byte* const outside = job.io.outside != nullptr ? job.io.outside : job.io.packed;
  const WindowMemory<std::byte> memory{
      static_cast<const std::byte*>(job.io.x), outside, rows, nullptr, *outside, kBlockPixels};
  WindowRows<std::byte>(layer.window, memory).Point(first, count);
  if (Taps(layer) % 2 != 0) std::fill_n(rows + Taps(layer) * kBlockPixels, count, job.io.packed);
  DwConvI8Args args{};
  args.rows = reinterpret_cast<const void* const*>(rows);
  args.row_stride = kBlockPixels;
  args.pairs = Pairs(layer);
  args.channels = channels;
  args.w = job.io.packed + OutsideBytes(layer);
  args.y = static_cast<std::byte*>(job.io.y) + first * channels * GemmI8OutputBytes(layer.output);
  args.y_stride = channels;
  args.m = count;
  args.is_signed = layer.is_signed;
  args.halves_away = layer.halves_away;
  args.output = layer.output;
  args.y_zero = layer.y_zero;
  args.lo = layer.lo;
  args.hi = layer.hi;
  args.real_lo = layer.real_lo;
  args.real_hi = layer.real_hi;
  job.table.pixels(args);
}

size_t TaskScratchBytes(const ConvI8Layer& layer) { return Aligned(2 * Pairs(layer) * kBlockPixels * sizeof(void*)); }

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  const auto t = static_cast<size_t>(task);
  auto* const rows = reinterpret_cast<const std::byte**>(job.io.scratch + t * TaskScratchBytes(job.layer));
  for (size_t block = job.blocks * t / job.tasks; block < job.blocks * (t + 1) / job.tasks; ++block) {
    const size_t first = block * kBlockPixels;
    RunBlock(job, first, std::min(kBlockPixels, job.pixels - first), rows);
  }
}

}  // namespace

std::optional<size_t> DwImageI8PackedBytes(const DwConvI8Table& table, const ConvI8Layer& layer) {
  const size_t chunk = kDwI8Vectors * table.lanes;
  const size_t chunks = (layer.window.in_c + chunk - 1) / chunk;
  const auto values = CheckedMul(chunks * chunk, kGemmI8Parameters + Pairs(layer));
  const auto bytes = values ? CheckedMul(*values, sizeof(int32_t)) : std::nullopt;
  return bytes ? CheckedAdd(*bytes, OutsideBytes(layer)) : std::nullopt;
}

std::optional<size_t> DwImageI8ScratchBytes(const ConvI8Layer& layer, int threads) {
  return CheckedMul(TaskScratchBytes(layer), static_cast<size_t>(std::max(threads, 1)));
}

void PackDwImageI8(const DwConvI8Table& table, const ConvI8Layer& layer, const void* w, const ConvI8Channel* channels,
                   std::byte* packed) {
  std::fill_n(packed, OutsideBytes(layer), static_cast<std::byte>(layer.x_zero));
  const size_t chunk = kDwI8Vectors * table.lanes;
  auto* out = reinterpret_cast<int32_t*>(packed + OutsideBytes(layer));
  for (size_t first = 0; first < layer.window.in_c; first += chunk) {
    std::fill_n(out, kGemmI8Parameters * chunk, 0);
    for (size_t at = 0; at < chunk; ++at) {
      const size_t c = first + DwI8Channel(at, table.lanes);
      if (c < layer.window.in_c) PackParameters(layer, w, channels[c], c, chunk, out + at);
    }
    out += kGemmI8Parameters * chunk;
    for (size_t pair = 0; pair < Pairs(layer); ++pair, out += chunk) {
      for (size_t at = 0; at < chunk; ++at) {
        const size_t c = first + DwI8Channel(at, table.lanes);
        const int16_t words[2] = {static_cast<int16_t>(WeightAt(layer, w, 2 * pair, c)),
                                  static_cast<int16_t>(WeightAt(layer, w, 2 * pair + 1, c))};
        std::memcpy(out + at, words, sizeof words);
      }
    }
  }
}

void RunDwImageI8(const DwConvI8Table& table, const ConvI8Layer& layer, const ConvI8Buffers& buffers,
                  Parallel* parallel) {
  Job job{table, layer, buffers, layer.window.n * layer.window.out_h * layer.window.out_w, 0, 0};
  job.blocks = (job.pixels + kBlockPixels - 1) / kBlockPixels;
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  const size_t portions = job.pixels * Taps(layer) * layer.window.in_c / kGrainSums + 1;
  job.tasks = std::min({threads, job.blocks, portions});
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
