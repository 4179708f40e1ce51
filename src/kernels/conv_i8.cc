#include "kernels/conv_i8.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "kernels/parallel_range.h"

namespace verge::kernels {
namespace {

constexpr size_t kAlign = 64;
constexpr size_t kGroupBytes = 4;
// Panels of B that are used together before the next rows of A: they should stay in the second-level cache.
constexpr size_t kPanelGroupBytes = size_t{384} * 1024;

constexpr size_t kGrainProducts = 32768;  // of a thread, at least

size_t Aligned(size_t bytes) { return (bytes + kAlign - 1) & ~(kAlign - 1); }

// How the layer maps to the matrix product.
struct Geometry {
  bool is_words = false;
  bool takes_signed = false;  // of bytes
  bool is_run = false;
  size_t group_in = 0, group_out = 0;
  size_t taps = 0, k = 0;  // of the image
  size_t depth = 0;        // taps * k
  size_t gemm_taps = 0;    // of the product: words have one
  size_t gemm_k = 0;
  size_t groups_of_k = 0;  // of one tap of the product
  size_t m = 0;
  size_t vectors = 0;  // of one group's columns
  size_t panels = 0;
  size_t column_bytes = 0;  // of a panel
};

// Panels are two vectors wide, the last one three when the number is odd; a single vector stands alone.
size_t PanelVectors(const Geometry& g, size_t panel) {
  if (g.vectors == 1) return 1;
  return panel + 1 == g.panels ? g.vectors - 2 * panel : 2;
}

Geometry GeometryOf(const GemmI8Table& table, const ConvI8Layer& layer) {
  const WindowShape& s = layer.window;
  Geometry g;
  g.is_words = table.form == GemmI8Form::kWords;
  g.takes_signed = table.form == GemmI8Form::kSignedBytes;
  g.is_run = IsRunWindow(s);
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  g.taps = g.is_run ? s.kh : s.kh * s.kw;
  g.k = g.is_run ? s.kw * s.in_c : g.group_in;
  g.depth = g.taps * g.k;
  g.gemm_taps = g.is_words ? 1 : g.taps;
  g.gemm_k = g.is_words ? g.depth : g.k;
  g.groups_of_k = g.is_words ? (g.gemm_k + 1) / 2 : (g.gemm_k + 3) / 4;
  g.m = s.n * s.out_h * s.out_w;
  g.vectors = (g.group_out + table.lanes - 1) / table.lanes;
  g.panels = std::max<size_t>(1, g.vectors / 2);
  g.column_bytes = kGemmI8Parameters * sizeof(int32_t) + g.gemm_taps * g.groups_of_k * kGroupBytes;
  return g;
}

// Of bytes of a position outside the image, before the panels.
size_t OutsideBytes(const Geometry& g) { return Aligned(g.k + kGroupBytes); }

size_t PanelOffset(const GemmI8Table& table, const Geometry& g, size_t panel) {
  return panel * 2 * table.lanes * g.column_bytes;
}

size_t GroupBytesOf(const GemmI8Table& table, const Geometry& g) { return g.vectors * table.lanes * g.column_bytes; }

// Scratch of a task: pointers into the image, pointers of words, terms of rows, runs over edges, words.
struct ScratchPlan {
  size_t rows = 0, word_rows = 0, terms = 0, edge = 0, words = 0, total = 0;
  size_t word_stride = 0;  // words of a row
};

ScratchPlan PlanScratch(const GemmI8Table& table, const Geometry& g) {
  ScratchPlan plan;
  size_t at = 0;
  const auto take = [&](size_t bytes) {
    const size_t begin = at;
    at += Aligned(bytes);
    return begin;
  };
  plan.word_stride = (g.depth + 31) / 32 * 32;
  plan.rows = take(g.taps * table.block_rows * sizeof(void*));
  plan.word_rows = take(g.is_words ? table.block_rows * sizeof(void*) : 0);
  plan.terms = take(table.block_rows * sizeof(int32_t));
  plan.edge = take(g.is_run ? table.block_rows * g.depth + kGroupBytes : 0);
  plan.words = take(g.is_words ? table.block_rows * plan.word_stride * sizeof(int16_t) : 0);
  plan.total = at;
  return plan;
}

// What is added to the stored weights to give w - w_zero: bytes hold those of u8 less 128, words all of it.
int32_t WeightOffset(const ConvI8Layer& layer, const Geometry& g) {
  if (g.is_words) return 0;
  return (layer.is_signed ? 0 : 128) - layer.w_zero;
}

// The zero point of what the product reads.
int32_t ReadZero(const ConvI8Layer& layer, const Geometry& g) {
  if (g.is_words) return 0;
  if (g.takes_signed) return layer.x_zero - (layer.is_signed ? 0 : 128);
  return layer.x_zero + (layer.is_signed ? 128 : 0);
}

int32_t WeightAt(const ConvI8Layer& layer, const void* w, size_t at) {
  const int32_t stored =
      layer.is_signed ? int32_t{static_cast<const int8_t*>(w)[at]} : int32_t{static_cast<const uint8_t*>(w)[at]};
  return stored - layer.w_zero;
}

// Wraps: sums are taken modulo 2^32.
int32_t WrappingMul(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
}
int32_t WrappingAdd(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

struct PanelColumns {
  size_t first = 0;  // output channel
  size_t count = 0;
  size_t nr = 0;
};

void PackParameters(const Geometry& g, const ConvI8Layer& layer, const void* w, const ConvI8Channel* channels,
                    const PanelColumns& columns, std::byte* out) {
  auto* values = reinterpret_cast<int32_t*>(out);
  std::fill_n(values, kGemmI8Parameters * columns.nr, 0);
  const int32_t offset = WeightOffset(layer, g);
  for (size_t j = 0; j < columns.count; ++j) {
    const ConvI8Channel& channel = channels[columns.first + j];
    int32_t sum = 0;
    for (size_t d = 0; d < g.depth; ++d) sum += WeightAt(layer, w, (columns.first + j) * g.depth + d) - offset;
    values[j] = WrappingAdd(channel.bias, -WrappingMul(ReadZero(layer, g), sum));
    if (layer.output == GemmI8Output::kFloat) {
      std::memcpy(values + columns.nr + j, &channel.step, sizeof channel.step);
    } else {
      const int32_t left = std::max(channel.shift, 0);
      values[columns.nr + j] = channel.multiplier;
      values[2 * columns.nr + j] = left;
      values[3 * columns.nr + j] = left - channel.shift;
    }
  }
}

void PackWeights(const Geometry& g, const ConvI8Layer& layer, const void* w, const PanelColumns& columns,
                 std::byte* out) {
  const int32_t offset = WeightOffset(layer, g);
  const size_t of_group = g.is_words ? 2 : 4;
  for (size_t t = 0; t < g.gemm_taps; ++t) {
    for (size_t q = 0; q < g.groups_of_k; ++q) {
      for (size_t j = 0; j < columns.nr; ++j, out += kGroupBytes) {
        for (size_t e = 0; e < of_group; ++e) {
          const size_t c = q * of_group + e;
          const bool is_there = j < columns.count && c < g.gemm_k;
          const size_t at = (columns.first + j) * g.depth + t * g.gemm_k + c;
          const int32_t value = is_there ? WeightAt(layer, w, at) - offset : 0;
          if (g.is_words) {
            const auto word = static_cast<int16_t>(value);
            std::memcpy(out + e * sizeof word, &word, sizeof word);
          } else {
            out[e] = static_cast<std::byte>(static_cast<int8_t>(value));
          }
        }
      }
    }
  }
}

// One run of the convolution, shared by its tasks.
struct Job {
  const GemmI8Table& table;
  const ConvI8Layer& layer;
  const Geometry& g;
  const ScratchPlan& plan;
  const ConvI8Buffers& io;
  size_t block_rows;  // rows of A a unit of work, evened out
  size_t blocks;
  size_t panel_group;   // panels a unit of work
  size_t panel_groups;  // of one convolution group
  size_t tasks;
};

// A task's scratch.
struct Block {
  const std::byte** rows;
  const void** word_rows;
  int32_t* terms;
  std::byte* edge;
  int16_t* words;
};

Block BlockOf(const Job& job, size_t task) {
  std::byte* base = job.io.scratch + task * job.plan.total;
  return {reinterpret_cast<const std::byte**>(base + job.plan.rows),
          reinterpret_cast<const void**>(base + job.plan.word_rows), reinterpret_cast<int32_t*>(base + job.plan.terms),
          base + job.plan.edge, reinterpret_cast<int16_t*>(base + job.plan.words)};
}

void FillWords(const Job& job, size_t count, const Block& block) {
  const Geometry& g = job.g;
  for (size_t i = 0; i < count; ++i) {
    int16_t* const words = block.words + i * job.plan.word_stride;
    for (size_t t = 0; t < g.taps; ++t) {
      job.table.to_words(block.rows[t * job.table.block_rows + i], job.layer.is_signed, job.layer.x_zero, g.k,
                         words + t * g.k);
    }
    words[g.depth] = 0;
    block.word_rows[i] = words;
  }
}

// offset * (sum of what the row reads - depth * its zero point)
void FillTerms(const Job& job, int32_t offset, size_t count, const Block& block) {
  const Geometry& g = job.g;
  for (size_t i = 0; i < count; ++i) {
    int32_t sum = 0;
    for (size_t t = 0; t < g.taps; ++t) {
      sum += job.table.sum(block.rows[t * job.table.block_rows + i], job.layer.is_signed, g.k);
    }
    const auto zeros = static_cast<int32_t>(g.depth) * job.layer.x_zero;
    block.terms[i] = WrappingMul(offset, sum - zeros);
  }
}

// One block of output pixels times the panels [panel, panel_end) of one group.
void RunPanels(const Job& job, size_t group, size_t first, size_t count, size_t panel, size_t panel_end,
               const Block& block) {
  const Geometry& g = job.g;
  const ConvI8Layer& layer = job.layer;
  const std::byte* weights = job.io.packed + OutsideBytes(g) + group * GroupBytesOf(job.table, g);
  const size_t element = GemmI8OutputBytes(layer.output);
  GemmI8Args args{};
  args.rows = g.is_words ? block.word_rows : reinterpret_cast<const void* const*>(block.rows);
  args.row_stride = job.table.block_rows;
  args.taps = g.gemm_taps;
  args.k = g.gemm_k;
  args.y_stride = layer.window.out_c;
  args.m = count;
  args.row_terms = WeightOffset(layer, g) != 0 ? block.terms : nullptr;
  args.is_signed = layer.is_signed;
  args.halves_away = layer.halves_away;
  args.output = layer.output;
  args.y_zero = layer.y_zero;
  args.lo = layer.lo;
  args.hi = layer.hi;
  args.real_lo = layer.real_lo;
  args.real_hi = layer.real_hi;
  for (; panel < panel_end; ++panel) {
    const size_t column = panel * 2 * job.table.lanes;
    const GemmI8Tile& tile = job.table.tiles[PanelVectors(g, panel) - 1];
    args.b = weights + PanelOffset(job.table, g, panel);
    args.y = static_cast<std::byte*>(job.io.y) + (first * layer.window.out_c + group * g.group_out + column) * element;
    args.n = std::min(tile.nr, g.group_out - column);
    tile.run(args);
  }
}

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  const Geometry& g = job.g;
  const auto t = static_cast<size_t>(task);
  const Block block = BlockOf(job, t);
  const int32_t offset = WeightOffset(job.layer, g);
  const size_t units = job.layer.window.groups * job.panel_groups * job.blocks;
  for (size_t unit = units * t / job.tasks; unit < units * (t + 1) / job.tasks; ++unit) {
    const size_t first = unit % job.blocks * job.block_rows;
    const size_t count = std::min(job.block_rows, g.m - first);
    const size_t panel_unit = unit / job.blocks;
    const size_t group = panel_unit / job.panel_groups;
    const size_t panel = panel_unit % job.panel_groups * job.panel_group;
    const std::byte* const outside = job.io.outside != nullptr ? job.io.outside : job.io.packed;
    const WindowMemory<std::byte> memory{static_cast<const std::byte*>(job.io.x) + group * g.group_in,
                                         outside,
                                         block.rows,
                                         block.edge,
                                         *outside,
                                         job.table.block_rows};
    WindowRows<std::byte>(job.layer.window, memory).Point(first, count);
    if (g.is_words) FillWords(job, count, block);
    if (offset != 0) FillTerms(job, offset, count, block);
    RunPanels(job, group, first, count, panel, std::min(panel + job.panel_group, g.panels), block);
  }
}

}  // namespace

size_t ConvI8OutsideBytes(const WindowShape& window) { return Aligned(window.kw * window.in_c + kGroupBytes); }

std::optional<size_t> ConvI8PackedBytes(const GemmI8Table& table, const ConvI8Layer& layer) {
  const Geometry g = GeometryOf(table, layer);
  const auto group = CheckedMul(g.vectors * table.lanes, g.column_bytes);
  const auto weights = group ? CheckedMul(*group, layer.window.groups) : std::nullopt;
  return weights ? CheckedAdd(*weights, OutsideBytes(g)) : std::nullopt;
}

std::optional<size_t> ConvI8ScratchBytes(const GemmI8Table& table, const ConvI8Layer& layer, int threads) {
  return CheckedMul(PlanScratch(table, GeometryOf(table, layer)).total, static_cast<size_t>(std::max(threads, 1)));
}

void PackConvI8(const GemmI8Table& table, const ConvI8Layer& layer, const void* w, const ConvI8Channel* channels,
                std::byte* packed) {
  const Geometry g = GeometryOf(table, layer);
  std::fill_n(packed, OutsideBytes(g), static_cast<std::byte>(layer.x_zero));
  std::byte* out = packed + OutsideBytes(g);
  for (size_t group = 0; group < layer.window.groups; ++group) {
    for (size_t panel = 0; panel < g.panels; ++panel) {
      const size_t column = panel * 2 * table.lanes;
      const size_t nr = PanelVectors(g, panel) * table.lanes;
      const PanelColumns columns{group * g.group_out + column, std::min(nr, g.group_out - column), nr};
      PackParameters(g, layer, w, channels, columns, out);
      PackWeights(g, layer, w, columns, out + kGemmI8Parameters * nr * sizeof(int32_t));
      out += nr * g.column_bytes;
    }
  }
}

void RunConvI8(const GemmI8Table& table, const ConvI8Layer& layer, const ConvI8Buffers& buffers, Parallel* parallel) {
  const Geometry g = GeometryOf(table, layer);
  const ScratchPlan plan = PlanScratch(table, g);
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  Job job{table, layer, g, plan, buffers, 0, 0, 0, 0, 0};
  job.blocks = (g.m + table.block_rows - 1) / table.block_rows;
  job.block_rows = (g.m + job.blocks - 1) / job.blocks;
  job.blocks = (g.m + job.block_rows - 1) / job.block_rows;
  job.panel_group = std::clamp<size_t>(kPanelGroupBytes / (2 * table.lanes * g.column_bytes), 1, g.panels);
  // Few pixels and many threads: the channels give the parts.
  while (threads > 1 && job.panel_group > 1 &&
         job.blocks * ((g.panels + job.panel_group - 1) / job.panel_group) < threads * 4) {
    job.panel_group = (job.panel_group + 1) / 2;
  }
  job.panel_groups = (g.panels + job.panel_group - 1) / job.panel_group;
  const size_t products = g.m * g.depth * layer.window.out_c;
  job.tasks = TasksFor(parallel, layer.window.groups * job.panel_groups * job.blocks, products, kGrainProducts);
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
