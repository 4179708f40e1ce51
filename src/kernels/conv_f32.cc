#include "kernels/conv_f32.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/checked.h"
#include "kernels/parallel_range.h"

namespace verge::kernels {
namespace {

constexpr size_t kAlign = 64;
// Panels of B that are used together before the next rows of A: they should stay in the second-level cache.
constexpr size_t kPanelGroupBytes = size_t{384} * 1024;

constexpr size_t kGrainProducts = 8192;  // of a thread, at least

// How the shape maps to the matrix product.
struct Geometry {
  bool is_run = false;
  size_t group_in = 0, group_out = 0;
  size_t taps = 0, k = 0;
  size_t m = 0;
  size_t vectors = 0;  // of one group's columns
  size_t panels = 0;
  size_t depth = 0;  // taps * k
};

// Panels are two vectors wide, the last one three when the number is odd; a single vector stands alone.
size_t PanelVectors(const Geometry& g, size_t panel) {
  if (g.vectors == 1) return 1;
  return panel + 1 == g.panels ? g.vectors - 2 * panel : 2;
}

Geometry GeometryOf(const GemmF32Table& table, const ConvF32Shape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  g.is_run = IsRunWindow(s);
  g.taps = g.is_run ? s.kh : s.kh * s.kw;
  g.k = g.is_run ? s.kw * s.in_c : g.group_in;
  g.depth = g.taps * g.k;
  g.m = s.n * s.out_h * s.out_w;
  g.vectors = (g.group_out + table.lanes - 1) / table.lanes;
  g.panels = std::max<size_t>(1, g.vectors / 2);
  return g;
}

// Floats before panel `panel` of a group; panels up to it are equal.
size_t PanelOffset(const GemmF32Table& table, const Geometry& g, size_t panel) {
  return panel * 2 * table.lanes * (g.depth + 1);
}

size_t GroupFloats(const GemmF32Table& table, const Geometry& g) { return g.vectors * table.lanes * (g.depth + 1); }

// Floats of zeros that rows outside the image point to, rounded so that what follows stays aligned.
size_t ZeroFloats(const Geometry& g) { return (g.k + 15) / 16 * 16; }

size_t PointerBytes(const GemmF32Table& table, const Geometry& g) {
  return (g.taps * table.block_rows * sizeof(float*) + kAlign - 1) & ~(kAlign - 1);
}

size_t EdgeFloats(const GemmF32Table& table, const Geometry& g) {
  return g.is_run ? (g.depth * table.block_rows + 15) / 16 * 16 : 0;
}

size_t TaskScratchBytes(const GemmF32Table& table, const Geometry& g) {
  return PointerBytes(table, g) + EdgeFloats(table, g) * sizeof(float);
}

// Columns of w are far apart: a few steps of all of them are turned at a time, which stay in the first-level cache.
void PackPanel(const Geometry& g, size_t nr, const float* w, const float* b, size_t columns, float* out) {
  constexpr size_t kSteps = 16;
  for (size_t j = 0; j < nr; ++j) out[j] = b != nullptr && j < columns ? b[j] : 0.0F;
  out += nr;
  for (size_t first = 0; first < g.depth; first += kSteps) {
    const size_t end = std::min(first + kSteps, g.depth);
    for (size_t j = 0; j < columns; ++j) {
      for (size_t d = first; d < end; ++d) out[d * nr + j] = w[j * g.depth + d];
    }
    for (size_t d = first; d < end; ++d) std::fill(out + d * nr + columns, out + (d + 1) * nr, 0.0F);
  }
}

// One run of the convolution, shared by its tasks.
struct Job {
  const GemmF32Table& table;
  const ConvF32Shape& s;
  const Geometry& g;
  const ConvF32Buffers& io;
  const float* zeros;
  size_t block_rows;  // rows of A a unit of work, evened out
  size_t blocks;
  size_t panel_group;   // panels a unit of work
  size_t panel_groups;  // of one convolution group
  size_t tasks;
};

// Where the pointers of one block of output pixels are built.
struct BlockScratch {
  const float** rows;
  float* edge;
};

// One block of output pixels times the panels [panel, panel_end) of one group.
void RunPanels(const Job& job, size_t group, size_t first, size_t count, size_t panel, size_t panel_end,
               const BlockScratch& scratch) {
  const Geometry& g = job.g;
  const float* weights = reinterpret_cast<const float*>(job.io.packed) + ZeroFloats(g);
  weights += group * GroupFloats(job.table, g);
  GemmF32Args args{};
  args.rows = scratch.rows;
  args.row_stride = job.table.block_rows;
  args.taps = g.taps;
  args.k = g.k;
  args.y_stride = job.s.out_c;
  args.m = count;
  args.lo = job.s.lo;
  args.hi = job.s.hi;
  for (; panel < panel_end; ++panel) {
    const size_t column = panel * 2 * job.table.lanes;
    const GemmF32Tile& tile = job.table.tiles[PanelVectors(g, panel) - 1];
    args.b = weights + PanelOffset(job.table, g, panel);
    args.y = job.io.y + first * job.s.out_c + group * g.group_out + column;
    args.n = std::min(tile.nr, g.group_out - column);
    tile.run(args);
  }
}

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  std::byte* base = job.io.scratch + static_cast<size_t>(task) * TaskScratchBytes(job.table, job.g);
  const BlockScratch scratch{reinterpret_cast<const float**>(base),
                             reinterpret_cast<float*>(base + PointerBytes(job.table, job.g))};
  const size_t units = job.s.groups * job.panel_groups * job.blocks;
  const size_t t = static_cast<size_t>(task);
  for (size_t unit = units * t / job.tasks; unit < units * (t + 1) / job.tasks; ++unit) {
    const size_t first = unit % job.blocks * job.block_rows;
    const size_t count = std::min(job.block_rows, job.g.m - first);
    const size_t panel_unit = unit / job.blocks;
    const size_t group = panel_unit / job.panel_groups;
    const size_t panel = panel_unit % job.panel_groups * job.panel_group;
    const WindowMemory<float> memory{
        job.io.x + group * job.g.group_in, job.zeros, scratch.rows, scratch.edge, 0.0F, job.table.block_rows};
    WindowRows<float>(job.s, memory).Point(first, count);
    RunPanels(job, group, first, count, panel, std::min(panel + job.panel_group, job.g.panels), scratch);
  }
}

}  // namespace

std::optional<size_t> ConvF32PackedBytes(const GemmF32Table& table, const ConvF32Shape& s) {
  const Geometry g = GeometryOf(table, s);
  const auto group = CheckedMul(g.vectors * table.lanes, g.depth + 1);
  if (!group) return std::nullopt;
  const auto weights = CheckedMul(*group, s.groups);
  if (!weights) return std::nullopt;
  const auto floats = CheckedAdd(*weights, ZeroFloats(g));
  return floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
}

std::optional<size_t> ConvF32ScratchBytes(const GemmF32Table& table, const ConvF32Shape& s, int threads) {
  return CheckedMul(TaskScratchBytes(table, GeometryOf(table, s)), static_cast<size_t>(std::max(threads, 1)));
}

void PackConvF32(const GemmF32Table& table, const ConvF32Shape& s, const float* w, const float* b, std::byte* packed) {
  const Geometry g = GeometryOf(table, s);
  float* out = reinterpret_cast<float*>(packed);
  std::fill_n(out, ZeroFloats(g), 0.0F);
  out += ZeroFloats(g);
  for (size_t group = 0; group < s.groups; ++group) {
    for (size_t panel = 0; panel < g.panels; ++panel) {
      const size_t column = panel * 2 * table.lanes;
      const size_t nr = PanelVectors(g, panel) * table.lanes;
      const size_t first = group * g.group_out + column;
      PackPanel(g, nr, w + first * g.depth, b == nullptr ? nullptr : b + first, std::min(nr, g.group_out - column),
                out);
      out += nr * (g.depth + 1);
    }
  }
}

void RunConvF32(const GemmF32Table& table, const ConvF32Shape& s, const ConvF32Buffers& buffers, Parallel* parallel) {
  const Geometry g = GeometryOf(table, s);
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  Job job{table, s, g, buffers, reinterpret_cast<const float*>(buffers.packed), 0, 0, 0, 0, 0};
  job.blocks = (g.m + table.block_rows - 1) / table.block_rows;
  job.block_rows = (g.m + job.blocks - 1) / job.blocks;
  job.blocks = (g.m + job.block_rows - 1) / job.block_rows;
  const size_t panel_bytes = 2 * table.lanes * (g.depth + 1) * sizeof(float);
  job.panel_group = std::clamp<size_t>(kPanelGroupBytes / panel_bytes, 1, g.panels);
  // Few pixels and many threads: the channels give the parts.
  while (threads > 1 && job.panel_group > 1 &&
         job.blocks * ((g.panels + job.panel_group - 1) / job.panel_group) < threads * 4) {
    job.panel_group = (job.panel_group + 1) / 2;
  }
  job.panel_groups = (g.panels + job.panel_group - 1) / job.panel_group;
  const size_t products = g.m * g.depth * s.out_c;
  job.tasks = TasksFor(parallel, s.groups * job.panel_groups * job.blocks, products, kGrainProducts);
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
