#include "kernels/conv_f32.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/checked.h"

namespace verge::kernels {
namespace {

constexpr size_t kAlign = 64;
// With fewer input channels than this, a row of the kernel is one contiguous run of kw * in_c values where it lies
// inside the image; only runs over the left or right edge are copied.
constexpr size_t kFewChannels = 16;
// Panels of B that are used together before the next rows of A: they should stay in the second-level cache.
constexpr size_t kPanelGroupBytes = size_t{384} * 1024;

// How the shape maps to the matrix product.
struct Geometry {
  bool is_run = false;   // kernel rows as runs, see kFewChannels
  bool is_flat = false;  // output pixel m sees input pixel m and no other
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
  g.is_run = s.groups == 1 && s.dilation_w == 1 && s.kw > 1 && s.in_c < kFewChannels;
  g.is_flat = s.kh * s.kw == 1 && s.stride_h * s.stride_w == 1 && s.in_h == s.out_h && s.in_w == s.out_w &&
              s.pad_top + s.pad_left == 0;
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

void PackPanel(const Geometry& g, size_t nr, const float* w, const float* b, size_t columns, float* out) {
  for (size_t j = 0; j < nr; ++j) out[j] = b != nullptr && j < columns ? b[j] : 0.0F;
  out += nr;
  for (size_t d = 0; d < g.depth; ++d, out += nr) {
    for (size_t j = 0; j < nr; ++j) out[j] = j < columns ? w[j * g.depth + d] : 0.0F;
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

// The run that starts at input column `left` (it may be negative) of `line` and is not wholly inside.
const float* EdgeRun(const Job& job, const float* line, int64_t left, float* out) {
  const ConvF32Shape& s = job.s;
  const int64_t width = static_cast<int64_t>(s.in_w);
  const int64_t from = std::clamp<int64_t>(left, 0, width);
  const int64_t to = std::clamp<int64_t>(left + static_cast<int64_t>(s.kw), from, width);
  std::memset(out, 0, job.g.k * sizeof(float));
  if (to > from) {
    std::memcpy(out + static_cast<size_t>(from - left) * s.in_c, line + static_cast<size_t>(from) * s.in_c,
                static_cast<size_t>(to - from) * s.in_c * sizeof(float));
  }
  return out;
}

// A part of a block of output pixels that lies in one output row.
struct Segment {
  size_t slot;   // of its first pixel in the block
  size_t j;      // the first pixel's output column
  size_t count;  // pixels
};

// Pointers of kernel row p, as runs; `line` is the input row it falls on.
void PointRuns(const Job& job, const float* line, size_t p, const Segment& part, const BlockScratch& scratch) {
  const ConvF32Shape& s = job.s;
  const float** out = scratch.rows + p * job.table.block_rows + part.slot;
  int64_t left = static_cast<int64_t>(part.j * s.stride_w) - static_cast<int64_t>(s.pad_left);
  const int64_t last = static_cast<int64_t>(s.in_w) - static_cast<int64_t>(s.kw);
  const int64_t channels = static_cast<int64_t>(s.in_c);
  for (size_t i = 0; i < part.count; ++i, left += static_cast<int64_t>(s.stride_w)) {
    const bool is_inside = left >= 0 && left <= last;
    out[i] = is_inside ? line + left * channels
                       : EdgeRun(job, line, left, scratch.edge + ((part.slot + i) * s.kh + p) * job.g.k);
  }
}

// Pointers of kernel position (p, q).
void PointTap(const Job& job, const float* line, size_t p, size_t q, const Segment& part, const BlockScratch& scratch) {
  const ConvF32Shape& s = job.s;
  const float** out = scratch.rows + (p * s.kw + q) * job.table.block_rows + part.slot;
  // Columns left of the image wrap to huge ones.
  size_t column = part.j * s.stride_w + q * s.dilation_w - s.pad_left;
  for (size_t i = 0; i < part.count; ++i, column += s.stride_w) {
    out[i] = column < s.in_w ? line + column * s.in_c : job.zeros;
  }
}

// Pointers of the pixels of one segment, in row `i` of the output image; `x` is its input image.
void PointSegment(const Job& job, const float* x, size_t i, const Segment& part, const BlockScratch& scratch) {
  const ConvF32Shape& s = job.s;
  for (size_t p = 0; p < s.kh; ++p) {
    const size_t row = i * s.stride_h + p * s.dilation_h - s.pad_top;  // wraps above the image
    if (row >= s.in_h) {
      const size_t taps = job.g.taps / s.kh;
      for (size_t q = 0; q < taps; ++q) {
        std::fill_n(scratch.rows + (p * taps + q) * job.table.block_rows + part.slot, part.count, job.zeros);
      }
    } else if (job.g.is_run) {
      PointRuns(job, x + row * s.in_w * s.in_c, p, part, scratch);
    } else {
      for (size_t q = 0; q < s.kw; ++q) PointTap(job, x + row * s.in_w * s.in_c, p, q, part, scratch);
    }
  }
}

void PointBlock(const Job& job, size_t group, size_t first, size_t count, const BlockScratch& scratch) {
  const ConvF32Shape& s = job.s;
  const float* x = job.io.x + group * job.g.group_in;
  if (job.g.is_flat) {
    for (size_t slot = 0; slot < count; ++slot) scratch.rows[slot] = x + (first + slot) * s.in_c;
    return;
  }
  const size_t image_floats = s.in_h * s.in_w * s.in_c;
  for (size_t slot = 0; slot < count;) {
    const size_t pixel = first + slot;
    const size_t j = pixel % s.out_w;
    const size_t i = pixel / s.out_w % s.out_h;
    const size_t n = pixel / (s.out_w * s.out_h);
    const Segment part{slot, j, std::min(count - slot, s.out_w - j)};
    PointSegment(job, x + n * image_floats, i, part, scratch);
    slot += part.count;
  }
}

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
    PointBlock(job, group, first, count, scratch);
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
  job.tasks = std::min(threads, s.groups * job.panel_groups * job.blocks);
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
