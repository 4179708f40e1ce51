#include "kernels/product_sparse_f32.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/checked.h"
#include "kernels/parallel_range.h"

namespace verge::kernels {
namespace {

constexpr size_t kAlign = 64;
// Up to so many rows the row form is used; it reads all weights once a row.
constexpr size_t kMostRows = 2;

bool IsRowForm(const SparseF32Shape& s) { return s.m <= kMostRows; }

constexpr size_t Rounded(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

// Inputs that are worked on together: their part of a turned strip stays in the first-level cache.
constexpr size_t kChunkBytes = size_t{32} * 1024;

size_t ChunkInputs(const SparseF32Table& table) { return kChunkBytes / (table.strip * sizeof(float)); }

// Packed weights of the strip form: n biases; n + 1 starts a chunk of inputs; the entries, chunk after chunk and in
// each output after output. Each part begins at a multiple of 64 bytes.
struct StripLayout {
  size_t chunks = 0;
  size_t starts = 0, entries = 0, bytes = 0;
};

StripLayout StripLayoutOf(const SparseF32Table& table, const SparseF32Shape& s, size_t nonzeros) {
  StripLayout l;
  l.chunks = (s.k + ChunkInputs(table) - 1) / ChunkInputs(table);
  l.starts = Rounded(s.n * sizeof(float));
  l.entries = l.starts + Rounded(l.chunks * (s.n + 1) * sizeof(uint32_t));
  l.bytes = l.entries + nonzeros * sizeof(SparseF32Entry);
  return l;
}

// Packed weights of the row form, a `quad` being four vectors of outputs: where each quad's steps begin and, last, how
// many there are (u32), biases, steps a group and vector (u8), then for each step the weights of its lanes and, in a
// part of their own, their indices.
struct RowLayout {
  size_t quads = 0, groups = 0;
  size_t bias = 0, steps = 0, weights = 0, indices = 0, bytes = 0;
};

RowLayout RowLayoutOf(const SparseF32Table& table, const SparseF32Shape& s, size_t total_steps) {
  RowLayout l;
  const size_t outputs = kSparseF32RowVectors * table.lanes;
  l.quads = (s.n + outputs - 1) / outputs;
  l.groups = (s.k + table.pick - 1) / table.pick;
  l.bias = Rounded((l.quads + 1) * sizeof(uint32_t));
  l.steps = l.bias + Rounded(l.quads * outputs * sizeof(float));
  l.weights = l.steps + Rounded(l.quads * l.groups * kSparseF32RowVectors);
  l.indices = l.weights + Rounded(total_steps * table.lanes * sizeof(float));
  l.bytes = l.indices + total_steps * table.lanes;
  return l;
}

size_t CountNonzeros(const float* w, size_t count) {
  return count - static_cast<size_t>(std::count(w, w + count, 0.0F));
}

// Weights of output o in [group * pick, ...) that are not zero.
size_t CountInGroup(const SparseF32Table& table, const SparseF32Shape& s, const float* w, size_t o, size_t group) {
  if (o >= s.n) return 0;
  const size_t first = group * table.pick;
  return CountNonzeros(w + o * s.k + first, std::min(table.pick, s.k - first));
}

// Steps of vector `vector` of outputs in a group: the most that one of its lanes needs.
size_t StepsOf(const SparseF32Table& table, const SparseF32Shape& s, const float* w, size_t vector, size_t group) {
  size_t steps = 0;
  for (size_t lane = 0; lane < table.lanes; ++lane) {
    steps = std::max(steps, CountInGroup(table, s, w, vector * table.lanes + lane, group));
  }
  return steps;
}

size_t TotalSteps(const SparseF32Table& table, const SparseF32Shape& s, const float* w) {
  const RowLayout l = RowLayoutOf(table, s, 0);
  size_t total = 0;
  for (size_t vector = 0; vector * table.lanes < s.n; ++vector) {
    for (size_t group = 0; group < l.groups; ++group) total += StepsOf(table, s, w, vector, group);
  }
  return total;
}

void PackStrips(const SparseF32Table& table, const SparseF32Shape& s, const float* w, const float* b,
                std::byte* packed) {
  const StripLayout l = StripLayoutOf(table, s, 0);
  auto* bias = reinterpret_cast<float*>(packed);
  auto* starts = reinterpret_cast<uint32_t*>(packed + l.starts);
  auto* entries = reinterpret_cast<SparseF32Entry*>(packed + l.entries);
  for (size_t o = 0; o < s.n; ++o) bias[o] = b == nullptr ? 0.0F : b[o];
  uint32_t next = 0;
  for (size_t chunk = 0; chunk < l.chunks; ++chunk) {
    const size_t first = chunk * ChunkInputs(table);
    const size_t end = std::min(first + ChunkInputs(table), s.k);
    for (size_t o = 0; o < s.n; ++o) {
      *starts++ = next;
      for (size_t c = first; c < end; ++c) {
        const float weight = w[o * s.k + c];
        if (weight != 0.0F) entries[next++] = {weight, static_cast<uint32_t>(c * table.strip)};
      }
    }
    *starts++ = next;
  }
}

// One vector of outputs in one group: step after step, in each lane the next weight that is not zero.
void PackSteps(const SparseF32Table& table, const SparseF32Shape& s, const float* w, size_t vector, size_t group,
               float* weights, uint8_t* indices) {
  const size_t first = group * table.pick;
  const size_t count = std::min(table.pick, s.k - first);
  for (size_t lane = 0; lane < table.lanes; ++lane) {
    const size_t o = vector * table.lanes + lane;
    if (o >= s.n) continue;
    size_t step = 0;
    for (size_t c = 0; c < count; ++c) {
      const float weight = w[o * s.k + first + c];
      if (weight == 0.0F) continue;
      weights[step * table.lanes + lane] = weight;
      indices[step * table.lanes + lane] = static_cast<uint8_t>(c);
      ++step;
    }
  }
}

void PackRows(const SparseF32Table& table, const SparseF32Shape& s, const float* w, const float* b, std::byte* packed) {
  const RowLayout l = RowLayoutOf(table, s, TotalSteps(table, s, w));
  std::memset(packed, 0, l.bytes);
  if (b != nullptr) std::memcpy(packed + l.bias, b, s.n * sizeof(float));
  auto* starts = reinterpret_cast<uint32_t*>(packed);
  auto* steps = reinterpret_cast<uint8_t*>(packed + l.steps);
  auto* weights = reinterpret_cast<float*>(packed + l.weights);
  auto* indices = reinterpret_cast<uint8_t*>(packed + l.indices);
  size_t next = 0;
  for (size_t quad = 0; quad < l.quads; ++quad) {
    starts[quad] = static_cast<uint32_t>(next);
    for (size_t group = 0; group < l.groups; ++group) {
      for (size_t v = 0; v < kSparseF32RowVectors; ++v) {
        const size_t vector = quad * kSparseF32RowVectors + v;
        const size_t count = StepsOf(table, s, w, vector, group);
        *steps++ = static_cast<uint8_t>(count);
        PackSteps(table, s, w, vector, group, weights + next * table.lanes, indices + next * table.lanes);
        next += count;
      }
    }
  }
  starts[l.quads] = static_cast<uint32_t>(next);
}

// A turned strip, and the sums of all outputs.
size_t StripScratchFloats(const SparseF32Table& table, const SparseF32Shape& s) { return (s.k + s.n) * table.strip; }

// Rows of x, each followed by zeros up to a whole group.
size_t PaddedRowFloats(const SparseF32Table& table, const SparseF32Shape& s) {
  return (s.k + table.pick - 1) / table.pick * table.pick;
}

void RunRows(const SparseF32Table& table, const SparseF32Shape& s, const SparseF32Buffers& io, Parallel* parallel) {
  const size_t padded = PaddedRowFloats(table, s);
  auto* x = reinterpret_cast<float*>(io.scratch);
  for (size_t i = 0; i < s.m; ++i) {
    std::memcpy(x + i * padded, io.x + i * s.k, s.k * sizeof(float));
    std::fill(x + i * padded + s.k, x + (i + 1) * padded, 0.0F);
  }
  const auto* starts = reinterpret_cast<const uint32_t*>(io.packed);
  const RowLayout l = RowLayoutOf(table, s, starts[RowLayoutOf(table, s, 0).quads]);
  const size_t outputs = kSparseF32RowVectors * table.lanes;
  ParallelRange(parallel, l.quads, 1, [&](size_t begin, size_t end) {
    for (size_t quad = begin; quad < end; ++quad) {
      const size_t first = quad * outputs;
      SparseF32RowArgs args{};
      args.groups = l.groups;
      args.steps = reinterpret_cast<const uint8_t*>(io.packed + l.steps) + quad * l.groups * kSparseF32RowVectors;
      args.weights = reinterpret_cast<const float*>(io.packed + l.weights) + starts[quad] * table.lanes;
      args.indices = reinterpret_cast<const uint8_t*>(io.packed + l.indices) + starts[quad] * table.lanes;
      args.bias = reinterpret_cast<const float*>(io.packed + l.bias) + first;
      args.n = std::min(outputs, s.n - first);
      args.lo = s.lo;
      args.hi = s.hi;
      for (size_t i = 0; i < s.m; ++i) {
        args.x = x + i * padded;
        args.y = io.y + i * s.n + first;
        table.run_row(args);
      }
    }
  });
}

struct StripJob {
  const SparseF32Table& table;
  const SparseF32Shape& s;
  const SparseF32Buffers& io;
  size_t strips;
  size_t blocks;  // of up to `lanes` outputs
  size_t tasks;
};

// Outputs [first, end) of one strip of rows, which lies turned in `x`.
void RunStrip(const StripJob& job, const float* x, float* sums, size_t row, size_t first, size_t end) {
  const SparseF32Table& table = job.table;
  const SparseF32Shape& s = job.s;
  const StripLayout l = StripLayoutOf(table, s, 0);
  SparseF32SumArgs args{};
  args.x = x;
  args.entries = reinterpret_cast<const SparseF32Entry*>(job.io.packed + l.entries);
  args.n = end - first;
  args.rows = std::min(table.strip, s.m - row);
  args.sums = sums;
  for (size_t chunk = 0; chunk < l.chunks; ++chunk) {
    args.starts = reinterpret_cast<const uint32_t*>(job.io.packed + l.starts) + chunk * (s.n + 1) + first;
    args.bias = chunk == 0 ? reinterpret_cast<const float*>(job.io.packed) + first : nullptr;
    table.sum(args);
  }
  table.finish({sums, args.n, args.rows, job.io.y + row * s.n + first, s.n, s.lo, s.hi});
}

void RunStripTask(void* context, int task) {
  const StripJob& job = *static_cast<const StripJob*>(context);
  const SparseF32Shape& s = job.s;
  auto* x = reinterpret_cast<float*>(job.io.scratch) + static_cast<size_t>(task) * StripScratchFloats(job.table, s);
  const size_t units = job.strips * job.blocks;
  const size_t t = static_cast<size_t>(task);
  const size_t unit_end = units * (t + 1) / job.tasks;
  for (size_t unit = units * t / job.tasks; unit < unit_end;) {
    const size_t block = unit % job.blocks;
    const size_t count = std::min(job.blocks - block, unit_end - unit);
    const size_t row = unit / job.blocks * job.table.strip;
    job.table.turn({job.io.x + row * s.k, s.k, std::min(job.table.strip, s.m - row), s.k, x});
    // Inputs of one chunk: a vector of outputs at a time, whose sums stay in the first-level cache.
    const size_t step = s.k <= ChunkInputs(job.table) ? 1 : count;
    for (size_t b = block; b < block + count; b += step) {
      RunStrip(job, x, x + s.k * job.table.strip, row, b * job.table.lanes,
               std::min((b + step) * job.table.lanes, s.n));
    }
    unit += count;
  }
}

}  // namespace

std::optional<size_t> SparseF32PackedBytes(const SparseF32Table& table, const SparseF32Shape& s, const float* w) {
  const std::optional<size_t> weights = CheckedMul(s.n, s.k);
  // Positions and offsets are 32 bits; products below stay far from overflow then.
  constexpr size_t kMost = std::numeric_limits<uint32_t>::max() / 64;
  if (!weights || *weights > kMost || s.k > kMost / table.strip) return std::nullopt;
  if (IsRowForm(s)) return RowLayoutOf(table, s, TotalSteps(table, s, w)).bytes;
  return StripLayoutOf(table, s, CountNonzeros(w, *weights)).bytes;
}

std::optional<size_t> SparseF32ScratchBytes(const SparseF32Table& table, const SparseF32Shape& s, int threads) {
  if (IsRowForm(s)) return CheckedMul(s.m * sizeof(float), PaddedRowFloats(table, s));
  const auto inputs_and_sums = CheckedAdd(s.k, s.n);
  const auto floats = inputs_and_sums ? CheckedMul(*inputs_and_sums, table.strip) : std::nullopt;
  const auto bytes = floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
  return bytes ? CheckedMul(*bytes, static_cast<size_t>(std::max(threads, 1))) : std::nullopt;
}

void PackSparseF32(const SparseF32Table& table, const SparseF32Shape& s, const float* w, const float* b,
                   std::byte* packed) {
  if (IsRowForm(s)) {
    PackRows(table, s, w, b, packed);
  } else {
    PackStrips(table, s, w, b, packed);
  }
}

void RunSparseF32(const SparseF32Table& table, const SparseF32Shape& s, const SparseF32Buffers& buffers,
                  Parallel* parallel) {
  if (IsRowForm(s)) return RunRows(table, s, buffers, parallel);
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  StripJob job{table, s, buffers, (s.m + table.strip - 1) / table.strip, (s.n + table.lanes - 1) / table.lanes, 1};
  job.tasks = std::min(threads, job.strips * job.blocks);
  if (job.tasks == 1) {
    RunStripTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunStripTask, &job);
  }
}

bool SparseF32Pays(const SparseF32Table& table, const SparseF32Shape& s, size_t nonzeros) {
  // The most that may be left, in percent, by the vectors of a strip; fewer amortise less of each entry.
  constexpr size_t kMostByVectors[] = {20, 28, 32, 36};
  constexpr size_t kFewInputs = 16;  // turning them costs more than is saved
  size_t percent = 0;
  if (IsRowForm(s)) {
    percent = s.m == 1 ? 40 : 25;
  } else if (s.m < table.lanes) {
    percent = kMostByVectors[0] * s.m / table.lanes;
  } else {
    percent = kMostByVectors[std::min<size_t>((s.m + table.lanes - 1) / table.lanes, 4) - 1];
    if (s.k < kFewInputs) percent = std::min(percent, kMostByVectors[0]);
  }
  return nonzeros <= s.k * s.n * percent / 100;
}

}  // namespace verge::kernels
