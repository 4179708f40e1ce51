#include "kernels/winograd_conv_f32.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/checked.h"
#include "kernels/product_f32.h"

namespace verge::kernels {
namespace {

constexpr size_t kColumns = 64;                     // output channels that are computed together
constexpr size_t kBlockBytes = size_t{384} * 1024;  // planes of a block's inputs
constexpr size_t kTileRows = 14;                    // what the product's registers hold
constexpr size_t kFewestRows = 16;                  // of a block: fewer read the weights too often
constexpr size_t kFewestTiles = 12, kFewestChannels = 16;
constexpr size_t kMostWeights = size_t{256} * 256;  // in_c * out_c: beyond, reading the planes costs more

size_t Aligned(size_t floats) { return (floats + 15) / 16 * 16; }

struct Geometry {
  size_t tiles_h = 0, tiles_w = 0, tiles = 0;
  size_t block = 0, blocks = 0;  // tiles of one, and how many
  size_t groups = 0;             // of output channels
  explicit Geometry(const ConvF32Shape& s)
      : tiles_h((s.out_h + kWinogradOut - 1) / kWinogradOut),
        tiles_w((s.out_w + kWinogradOut - 1) / kWinogradOut),
        tiles(s.n * tiles_h * tiles_w),
        groups((s.out_c + kColumns - 1) / kColumns) {
    const size_t fit = kBlockBytes / (kWinogradPlanes * s.in_c * sizeof(float));
    const size_t most = std::clamp<size_t>(fit / kTileRows * kTileRows, kFewestRows, 4 * kTileRows);
    blocks = (tiles + most - 1) / most;
    block = (tiles + blocks - 1) / blocks;
    blocks = (tiles + block - 1) / block;
  }
};

// Floats of a task's scratch.
struct ScratchPlan {
  size_t inputs, products, total;
  ScratchPlan(const ConvF32Shape& s, const Geometry& g)
      : inputs(Aligned(kWinogradPlanes * g.block * s.in_c)),
        products(Aligned(kWinogradPlanes * g.block * std::min(s.out_c, kColumns))),
        total(inputs + products) {}
};

// Packed: zeros of a pixel outside the image, biases, then for each group of output channels 36 planes.
struct PackedPlan {
  size_t zeros, biases;
  explicit PackedPlan(const ConvF32Shape& s) : zeros(Aligned(s.in_c)), biases(Aligned(s.out_c)) {}
  size_t planes() const { return zeros + biases; }
};

size_t ColumnsOf(const ConvF32Shape& s, size_t group) { return std::min(kColumns, s.out_c - group * kColumns); }

size_t PlaneFloats(const WinogradTables& tables, const ConvF32Shape& s, size_t columns) {
  return *ProductF32PackedBytes(tables.gemm, s.in_c, columns) / sizeof(float);
}

constexpr size_t kFilterLanes = 16;  // input channels whose filters are transformed together
using FilterLane = std::array<double, kFilterLanes>;

// a[0] x[0] + a[1] x[1] + a[2] x[2], x[q] `step` apart.
FilterLane Row(const double a[3], const FilterLane* x, size_t step) {
  FilterLane y;
  for (size_t c = 0; c < kFilterLanes; ++c) y[c] = a[0] * x[0][c] + a[1] * x[step][c] + a[2] * x[2 * step][c];
  return y;
}

// G g G^T of the filters of one output channel and up to kFilterLanes input channels; g[tap * step + c].
void TransformFilters(const float* g, size_t step, size_t count, std::array<FilterLane, kWinogradPlanes>& out) {
  constexpr double kA = 0.70710678118654752, kB = 1.41421356237309505;
  constexpr double kG[kWinogradIn][3] = {{1, 0, 0},
                                         {-1 / 1.5, -kA / 1.5, -0.5 / 1.5},
                                         {-1 / 1.5, kA / 1.5, -0.5 / 1.5},
                                         {1.0 / 6, kB / 6, 2.0 / 6},
                                         {1.0 / 6, -kB / 6, 2.0 / 6},
                                         {0, 0, 1}};
  std::array<FilterLane, 9> taps{};
  for (size_t t = 0; t < taps.size(); ++t) {
    for (size_t c = 0; c < count; ++c) taps[t][c] = static_cast<double>(g[t * step + c]);
  }
  for (size_t i = 0; i < kWinogradIn; ++i) {
    std::array<FilterLane, 3> half;  // row i of G g
    for (size_t q = 0; q < 3; ++q) half[q] = Row(kG[i], &taps[q], 3);
    for (size_t j = 0; j < kWinogradIn; ++j) out[i * kWinogradIn + j] = Row(kG[j], half.data(), 1);
  }
}

struct Job {
  const WinogradTables& tables;
  const ConvF32Shape& s;
  const Geometry& g;
  const ScratchPlan& plan;
  const ConvF32Buffers& io;
  size_t tasks;
};

struct Tile {
  size_t n, i, j;  // image, first output row and column
};

Tile TileAt(const Geometry& g, size_t index) {
  return {index / (g.tiles_h * g.tiles_w), index / g.tiles_w % g.tiles_h * kWinogradOut,
          index % g.tiles_w * kWinogradOut};
}

void TransformInputs(const Job& job, size_t first, size_t count, float* planes) {
  const ConvF32Shape& s = job.s;
  const auto* zeros = reinterpret_cast<const float*>(job.io.packed);
  const float* pixels[kWinogradPlanes];
  for (size_t t = 0; t < count; ++t) {
    const Tile tile = TileAt(job.g, first + t);
    const float* image = job.io.x + tile.n * s.in_h * s.in_w * s.in_c;
    for (size_t p = 0; p < kWinogradIn; ++p) {
      const size_t row = tile.i + p - s.pad_top;  // wraps above the image
      for (size_t q = 0; q < kWinogradIn; ++q) {
        const size_t column = tile.j + q - s.pad_left;
        const bool is_inside = row < s.in_h && column < s.in_w;
        pixels[p * kWinogradIn + q] = is_inside ? image + (row * s.in_w + column) * s.in_c : zeros;
      }
    }
    job.tables.transforms.input(pixels, s.in_c, planes + t * s.in_c, count * s.in_c);
  }
}

void TransformOutputs(const Job& job, size_t group, size_t first, size_t count, const float* products) {
  const ConvF32Shape& s = job.s;
  const size_t columns = ColumnsOf(s, group);
  const auto* packed = reinterpret_cast<const float*>(job.io.packed);
  WinogradOutput args{};
  args.plane_step = count * columns;
  args.bias = packed + PackedPlan(s).zeros + group * kColumns;
  args.row_step = s.out_w * s.out_c;
  args.column_step = s.out_c;
  args.channels = columns;
  args.lo = s.lo;
  args.hi = s.hi;
  for (size_t t = 0; t < count; ++t) {
    const Tile tile = TileAt(job.g, first + t);
    args.planes = products + t * columns;
    args.y = job.io.y + ((tile.n * s.out_h + tile.i) * s.out_w + tile.j) * s.out_c + group * kColumns;
    args.rows = std::min(kWinogradOut, s.out_h - tile.i);
    args.columns = std::min(kWinogradOut, s.out_w - tile.j);
    job.tables.transforms.output(args);
  }
}

void Multiply(const Job& job, size_t group, size_t count, const float* inputs, float* products) {
  const ConvF32Shape& s = job.s;
  const size_t columns = ColumnsOf(s, group);
  const size_t whole = PlaneFloats(job.tables, s, std::min(s.out_c, kColumns)) * kWinogradPlanes;
  const float* weights = reinterpret_cast<const float*>(job.io.packed) + PackedPlan(s).planes() + group * whole;
  const size_t plane = PlaneFloats(job.tables, s, columns);
  for (size_t p = 0; p < kWinogradPlanes; ++p) {
    RunProductF32(job.tables.gemm, s.in_c, columns, weights + p * plane,
                  {inputs + p * count * s.in_c, s.in_c, products + p * count * columns, columns, count});
  }
}

void RunTask(void* context, int task) {
  const Job& job = *static_cast<const Job*>(context);
  const auto t = static_cast<size_t>(task);
  auto* const inputs = reinterpret_cast<float*>(job.io.scratch) + t * job.plan.total;
  float* const products = inputs + job.plan.inputs;
  const size_t units = job.g.blocks * job.g.groups;
  size_t held = job.g.blocks;  // the block whose inputs are transformed: none
  for (size_t unit = units * t / job.tasks; unit < units * (t + 1) / job.tasks; ++unit) {
    const size_t block = unit / job.g.groups, group = unit % job.g.groups;
    const size_t first = block * job.g.block;
    const size_t count = std::min(job.g.block, job.g.tiles - first);
    if (block != held) TransformInputs(job, first, count, inputs);
    held = block;
    Multiply(job, group, count, inputs, products);
    TransformOutputs(job, group, first, count, products);
  }
}

}  // namespace

bool IsWinogradShape(const ConvF32Shape& s) {
  if (s.kh != 3 || s.kw != 3 || s.stride_h * s.stride_w * s.dilation_h * s.dilation_w * s.groups != 1) return false;
  return s.in_c >= kFewestChannels && s.out_c >= kFewestChannels && s.in_c * s.out_c <= kMostWeights &&
         Geometry(s).tiles >= kFewestTiles;
}

std::optional<size_t> WinogradPackedBytes(const WinogradTables& tables, const ConvF32Shape& s) {
  const auto plane = ProductF32PackedBytes(tables.gemm, s.in_c, std::min(s.out_c, kColumns));
  const auto group = plane ? CheckedMul(*plane, kWinogradPlanes) : std::nullopt;
  const auto all = group ? CheckedMul(*group, Geometry(s).groups) : std::nullopt;
  return all ? CheckedAdd(*all, PackedPlan(s).planes() * sizeof(float)) : std::nullopt;
}

std::optional<size_t> WinogradScratchBytes(const ConvF32Shape& s, int threads) {
  return CheckedMul(ScratchPlan(s, Geometry(s)).total * sizeof(float), static_cast<size_t>(std::max(threads, 1)));
}

void PackWinograd(const WinogradTables& tables, const ConvF32Shape& s, const float* w, const float* b,
                  std::byte* packed) {
  const PackedPlan plan(s);
  auto* out = reinterpret_cast<float*>(packed);
  std::fill_n(out, plan.planes(), 0.0F);
  if (b != nullptr) std::copy_n(b, s.out_c, out + plan.zeros);
  out += plan.planes();
  std::vector<float> planes(kWinogradPlanes * kColumns * s.in_c);
  std::array<FilterLane, kWinogradPlanes> filters;
  for (size_t group = 0; group < Geometry(s).groups; ++group) {
    const size_t columns = ColumnsOf(s, group);
    for (size_t c = 0; c < s.in_c; c += kFilterLanes) {
      const size_t count = std::min(kFilterLanes, s.in_c - c);
      for (size_t o = 0; o < columns; ++o) {
        TransformFilters(w + (group * kColumns + o) * 9 * s.in_c + c, s.in_c, count, filters);
        for (size_t p = 0; p < kWinogradPlanes; ++p) {
          float* const to = planes.data() + (p * s.in_c + c) * columns + o;
          for (size_t i = 0; i < count; ++i) to[i * columns] = static_cast<float>(filters[p][i]);
        }
      }
    }
    for (size_t p = 0; p < kWinogradPlanes; ++p, out += PlaneFloats(tables, s, columns)) {
      PackProductF32(tables.gemm, s.in_c, columns, {planes.data() + p * s.in_c * columns, columns, 1}, 1.0F, out);
    }
  }
}

void RunWinograd(const WinogradTables& tables, const ConvF32Shape& s, const ConvF32Buffers& buffers,
                 Parallel* parallel) {
  const Geometry g(s);
  const ScratchPlan plan(s, g);
  const size_t threads = parallel == nullptr ? 1 : static_cast<size_t>(std::max(parallel->threads(), 1));
  Job job{tables, s, g, plan, buffers, std::min(threads, g.blocks * g.groups)};
  if (job.tasks == 1) {
    RunTask(&job, 0);
  } else {
    parallel->Run(static_cast<int>(job.tasks), RunTask, &job);
  }
}

}  // namespace verge::kernels
