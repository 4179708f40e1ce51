// Operators that move, cut, repeat or reshape, and those that say something about shapes.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "base/checked.h"
#include "import/tflite/convert/tables.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/reverse_sequence/reverse_sequence.h"
#include "ops/slice/slice.h"
#include "ops/tile/tile.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;

// The most elements that RANGE and FILL make at import.
constexpr double kMaxMade = 1 << 24;

ValueId WholeNumbers(Builder& b, const std::vector<int64_t>& values, DType dtype) {
  return b.Cast(b.IntsConstant(values), dtype);
}

void ShapeOf(OperatorContext& c) { c.Out(0, WholeNumbers(c.b, c.Dims(c.In(0)), c.Declared(0).dtype)); }

void Rank(OperatorContext& c) { c.Out(0, c.b.Scalar(c.Declared(0).dtype, c.b.rank(c.In(0)))); }

// One dimension of a strided slice, as numpy counts it.
struct Range {
  int64_t start = 0;
  int64_t size = 0;
  int64_t step = 1;
};
Range MakeRange(std::optional<int64_t> begin, std::optional<int64_t> end, int64_t step, int64_t dim) {
  const auto inside = [&](int64_t at, int64_t lo, int64_t hi) {
    const int64_t near = std::clamp<int64_t>(at, -dim - 1, dim);  // nothing overflows below
    return std::clamp<int64_t>(near < 0 ? near + dim : near, lo, hi);
  };
  const int64_t lo = step > 0 ? 0 : -1;
  const int64_t hi = step > 0 ? dim : dim - 1;
  const int64_t first = begin ? inside(*begin, lo, hi) : (step > 0 ? lo : hi);
  const int64_t last = end ? inside(*end, lo, hi) : (step > 0 ? hi : lo);
  const int64_t span = step > 0 ? last - first : first - last;
  return {first, span <= 0 ? 0 : (span - 1) / std::abs(step) + 1, step};
}

// What begin, end, strides and the masks say, dimension by dimension of x, and the shape of the result.
struct SlicePlan {
  std::vector<Range> ranges;
  std::vector<int64_t> dims;
};
SlicePlan PlanSlice(OperatorContext& c, ValueId x) {
  const auto& options = c.Options<schema::StridedSliceOptions>();
  const std::vector<int64_t> begin = c.Ints(1, "the begin of a slice");
  const std::vector<int64_t> end = c.Ints(2, "the end of a slice");
  const std::vector<int64_t> step = c.Ints(3, "the strides of a slice");
  SlicePlan plan;
  if (!c.b.ok()) return plan;
  if (begin.size() != end.size() || begin.size() != step.size() || begin.size() > 31) {
    c.Invalid("has " + std::to_string(begin.size()) + " begins, " + std::to_string(end.size()) + " ends and " +
              std::to_string(step.size()) + " strides");
    return plan;
  }
  const auto bit = [](int32_t mask, size_t i) { return ((static_cast<uint32_t>(mask) >> i) & 1u) != 0; };
  int named = 0;  // dimensions of x that the spec names
  for (size_t i = 0; i < begin.size(); ++i) {
    if (!bit(options.ellipsis_mask(), i) && !bit(options.new_axis_mask(), i)) ++named;
  }
  const int rank = c.b.rank(x);
  int d = 0;
  const auto keep_whole = [&](int until) {
    for (; d < until; ++d) {
      plan.ranges.push_back({0, c.b.Dim(x, d), 1});
      plan.dims.push_back(c.b.Dim(x, d));
    }
  };
  for (size_t i = 0; i < begin.size() && c.b.ok(); ++i) {
    if (bit(options.ellipsis_mask(), i)) {
      keep_whole(std::min(rank, d + std::max(0, rank - named)));
      continue;
    }
    if (bit(options.new_axis_mask(), i)) {
      plan.dims.push_back(1);
      continue;
    }
    const int64_t dim = c.b.Dim(x, d++);
    if (bit(options.shrink_axis_mask(), i)) {
      const int64_t at = begin[i] < 0 ? begin[i] + dim : begin[i];
      if (at < 0 || at >= dim) c.Invalid("takes element " + std::to_string(begin[i]) + " of " + std::to_string(dim));
      plan.ranges.push_back({at, 1, 1});
      continue;
    }
    if (step[i] == 0 || step[i] == std::numeric_limits<int64_t>::min()) {
      c.Invalid("has the stride " + std::to_string(step[i]));
      continue;
    }
    const auto stated = [&](int32_t mask, int64_t at) {
      return bit(mask, i) ? std::optional<int64_t>() : std::optional<int64_t>(at);
    };
    const std::optional<int64_t> stop = options.offset() ? CheckedAdd(begin[i], end[i]) : end[i];
    plan.ranges.push_back(MakeRange(stated(options.begin_mask(), begin[i]),
                                    stated(options.end_mask(), stop.value_or(std::numeric_limits<int64_t>::max())),
                                    step[i], dim));
    plan.dims.push_back(plan.ranges.back().size);
  }
  keep_whole(rank);
  return plan;
}

ValueId SliceRanges(OperatorContext& c, ValueId x, const std::vector<Range>& ranges) {
  std::vector<int64_t> starts, sizes, steps;
  bool is_whole = true;
  for (size_t d = 0; d < ranges.size(); ++d) {
    starts.push_back(ranges[d].start);
    sizes.push_back(ranges[d].size);
    steps.push_back(ranges[d].size == 1 ? 1 : ranges[d].step);
    is_whole =
        is_whole && ranges[d].step == 1 && ranges[d].start == 0 && ranges[d].size == c.b.Dim(x, static_cast<int>(d));
  }
  if (is_whole) return x;
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) return c.b.Empty(x, *Shape::FromSpan(sizes));
  return c.b.Op(ops::ids::kSlice, ops::SliceAttrs{ToIntList(c.b, starts), ToIntList(c.b, sizes), ToIntList(c.b, steps)},
                {x});
}

void StridedSlice(OperatorContext& c) {
  const ValueId x = c.In(0);
  const SlicePlan plan = PlanSlice(c, x);
  if (!c.b.ok()) return;
  c.Out(0, c.b.Reshape(SliceRanges(c, x, plan.ranges), plan.dims));
}

// begin and size; a size of -1 takes all that is left.
void SliceOf(OperatorContext& c) {
  const ValueId x = c.In(0);
  const std::vector<int64_t> begin = c.Ints(1, "the begin of a slice");
  const std::vector<int64_t> size = c.Ints(2, "the size of a slice");
  if (!c.b.ok()) return;
  const auto rank = static_cast<size_t>(c.b.rank(x));
  if (begin.size() != rank || size.size() != rank) return c.Invalid("wants one begin and one size a dimension");
  std::vector<Range> ranges;
  for (size_t d = 0; d < rank; ++d) {
    const int64_t dim = c.b.Dim(x, static_cast<int>(d));
    if (begin[d] < 0 || begin[d] > dim || size[d] < -1) return c.Invalid("leaves dimension " + std::to_string(d));
    ranges.push_back({begin[d], size[d] == -1 ? dim - begin[d] : size[d], 1});
  }
  c.Out(0, SliceRanges(c, x, ranges));
}

void SplitInto(OperatorContext& c, ValueId x, int axis, std::vector<int64_t> sizes) {
  const int64_t total = c.b.Dim(x, axis);
  int64_t rest = total;
  const auto open = std::find(sizes.begin(), sizes.end(), -1);
  for (const int64_t size : sizes) {
    if (size < -1 || size > rest) return c.Invalid("splits " + std::to_string(total) + " elements into too many");
    if (size > 0) rest -= size;
  }
  if (open != sizes.end()) {
    *open = rest;
    rest = 0;
  }
  if (rest != 0 || sizes.size() != c.output_count() || std::find(sizes.begin(), sizes.end(), -1) != sizes.end()) {
    return c.Invalid("splits " + std::to_string(total) + " elements into sizes that do not sum to them");
  }
  int64_t start = 0;
  for (size_t i = 0; i < sizes.size() && c.b.ok(); ++i) {
    c.Out(i, c.b.Slice(x, axis, start, sizes[i]));
    start += sizes[i];
  }
}

void Split(OperatorContext& c) {
  const ValueId x = c.In(1);
  const int axis = c.Axis(c.Int(0, "the axis of a split"), c.b.rank(x));
  if (!c.b.ok()) return;
  const auto count = static_cast<int64_t>(c.output_count());
  if (count == 0 || c.b.Dim(x, axis) % count != 0) {
    return c.Invalid("splits " + std::to_string(c.b.Dim(x, axis)) + " elements into " + std::to_string(count));
  }
  SplitInto(c, x, axis, std::vector<int64_t>(static_cast<size_t>(count), c.b.Dim(x, axis) / count));
}

void SplitV(OperatorContext& c) {
  const ValueId x = c.In(0);
  const std::vector<int64_t> sizes = c.Ints(1, "the sizes of a split");
  const int axis = c.Axis(c.Int(2, "the axis of a split"), c.b.rank(x));
  if (c.b.ok()) SplitInto(c, x, axis, sizes);
}

void Pack(OperatorContext& c) {
  const int axis = c.Axis(c.Options<schema::PackOptions>().axis(), c.b.rank(c.In(0)) + 1);
  std::vector<ValueId> parts;
  for (size_t i = 0; i < c.input_count(); ++i) {
    std::vector<int64_t> dims = c.Dims(c.In(i));
    if (!c.b.ok() || dims.size() < static_cast<size_t>(axis)) return c.Invalid("packs inputs of different shapes");
    dims.insert(dims.begin() + axis, 1);
    parts.push_back(c.b.Reshape(c.In(i), dims));
  }
  if (!parts.empty()) c.Out(0, c.b.Concat(parts, axis));
}

void Unpack(OperatorContext& c) {
  const ValueId x = c.In(0);
  const int axis = c.Axis(c.Options<schema::UnpackOptions>().axis(), c.b.rank(x));
  if (!c.b.ok()) return;
  std::vector<int64_t> dims = c.Dims(x);
  if (dims[static_cast<size_t>(axis)] != static_cast<int64_t>(c.output_count())) {
    return c.Invalid("unpacks dimension " + std::to_string(axis) + " of " + ToString(c.b.shape(x)) + " into " +
                     std::to_string(c.output_count()) + " outputs");
  }
  dims.erase(dims.begin() + axis);
  for (size_t i = 0; i < c.output_count(); ++i) {
    c.Out(i, c.b.Reshape(c.b.Slice(x, axis, static_cast<int64_t>(i), 1), dims));
  }
}

void Tile(OperatorContext& c) {
  const std::vector<int64_t> repeats = c.Ints(1, "the multiples of a tile");
  if (!c.b.ok()) return;
  c.Out(0, c.b.Op(ops::ids::kTile, ops::TileAttrs{ToIntList(c.b, repeats)}, {c.In(0)}));
}

void BroadcastTo(OperatorContext& c) { c.Out(0, c.b.Expand(c.In(0), c.Ints(1, "the shape to broadcast to"))); }

// The shape to which two shapes broadcast.
void BroadcastArgs(OperatorContext& c) {
  std::vector<int64_t> a = c.Ints(0, "a shape");
  std::vector<int64_t> other = c.Ints(1, "a shape");
  if (!c.b.ok()) return;
  if (a.size() < other.size()) a.swap(other);
  for (size_t i = 0; i < other.size(); ++i) {
    int64_t& dim = a[a.size() - 1 - i];
    const int64_t with = other[other.size() - 1 - i];
    if (dim != with && dim != 1 && with != 1) return c.Invalid("broadcasts shapes that do not fit");
    if (dim == 1) dim = with;
  }
  c.Out(0, WholeNumbers(c.b, a, c.Declared(0).dtype));
}

void Fill(OperatorContext& c) {
  const std::vector<int64_t> dims = c.Ints(0, "the shape of a fill");
  if (!c.b.ok()) return;
  std::vector<int64_t> ones(dims.size(), 1);
  c.Out(0, c.b.Expand(c.b.Reshape(c.In(1), ones), dims));
}

void ZerosLike(OperatorContext& c) {
  const ValueId x = c.In(0);
  if (static_cast<double>(c.b.shape(x).elems()) > kMaxMade) return c.Unsupported("makes too many zeros");
  c.Out(0, c.b.Filled(c.b.dtype(x), c.b.shape(x), 0));
}

void RangeOf(OperatorContext& c) {
  Builder& b = c.b;
  std::array<double, 3> ends{};
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<double> values = b.Floats(c.In(i), "the ends of a range");
    if (values.size() != 1) return c.Invalid("wants one start, one limit and one step");
    ends[i] = values[0];
  }
  const double count = std::ceil((ends[1] - ends[0]) / ends[2]);
  if (!(count >= 0) || count > kMaxMade) return c.Unsupported("makes " + std::to_string(count) + " numbers");
  const DType dtype = b.dtype(c.In(0));
  if (dtype == DType::kF32) {
    std::vector<float> values;
    for (double i = 0; i < count; ++i) values.push_back(static_cast<float>(ends[0] + i * ends[2]));
    const auto size = static_cast<int64_t>(values.size());
    return c.Out(0, size == 0 ? b.Empty(c.In(0), {0}) : b.FloatsConstant({size}, values));
  }
  std::vector<int64_t> values;
  for (double i = 0; i < count; ++i) values.push_back(static_cast<int64_t>(ends[0] + i * ends[2]));
  c.Out(0, values.empty() ? b.Empty(c.In(0), {0}) : WholeNumbers(b, values, dtype));
}

void ReverseV2(OperatorContext& c) {
  const ValueId x = c.In(0);
  std::vector<Range> ranges;
  for (const int64_t dim : c.Dims(x)) ranges.push_back({0, dim, 1});
  for (const int64_t stated : c.Ints(1, "the axes of a reversal")) {
    const int axis = c.Axis(stated, c.b.rank(x));
    if (!c.b.ok()) return;
    Range& range = ranges[static_cast<size_t>(axis)];
    range = {range.size - 1, range.size, -1};
  }
  if (c.b.ok()) c.Out(0, SliceRanges(c, x, ranges));
}

// Our op wants time and batch in front.
void ReverseSequence(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto& options = c.Options<schema::ReverseSequenceOptions>();
  const int time = c.Axis(options.seq_dim(), b.rank(x));
  const int batch = c.Axis(options.batch_dim(), b.rank(x));
  if (!b.ok() || time == batch) return c.Invalid("wants a sequence and a batch dimension that differ");
  std::vector<int> perm = {time, batch};
  for (int d = 0; d < b.rank(x); ++d) {
    if (d != time && d != batch) perm.push_back(d);
  }
  std::vector<int> back(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) back[static_cast<size_t>(perm[i])] = static_cast<int>(i);
  const ValueId turned = b.Op(ops::ids::kReverseSequence, ops::ReverseSequenceAttrs{},
                              {b.Transpose(x, perm), b.Cast(c.In(1), DType::kI64)});
  c.Out(0, b.Transpose(turned, back));
}

// [before, after] of each dimension, from constant input 1.
bool ReadPaddings(OperatorContext& c, ops::PadModeAttrs& attrs) {
  const std::vector<int64_t> widths = c.Ints(1, "the paddings");
  const auto rank = static_cast<size_t>(c.b.rank(c.In(0)));
  if (!c.b.ok()) return false;
  if (widths.size() != 2 * rank) {
    c.Invalid("has " + std::to_string(widths.size()) + " paddings, wants two a dimension of " +
              ToString(c.b.shape(c.In(0))));
    return false;
  }
  attrs.before.size = attrs.after.size = static_cast<int32_t>(rank);
  for (size_t d = 0; d < rank; ++d) {
    attrs.before.values[d] = widths[2 * d];
    attrs.after.values[d] = widths[2 * d + 1];
  }
  return true;
}

void MirrorPad(OperatorContext& c) {
  ops::PadModeAttrs attrs;
  const bool repeats_edge = c.Options<schema::MirrorPadOptions>().mode() == schema::MirrorPadMode::SYMMETRIC;
  attrs.mode = static_cast<int32_t>(repeats_edge ? ops::PadModeKind::kSymmetric : ops::PadModeKind::kReflect);
  if (ReadPaddings(c, attrs)) c.Out(0, c.b.Op(ops::ids::kPadMode, attrs, {c.In(0)}));
}

// The number that stands for 0 in the tensor.
ValueId Zero(OperatorContext& c, ValueId x) {
  const ir::Quant& quant = c.b.value(x).quant;
  return c.b.Scalar(c.b.dtype(x), quant.zero_points.empty() ? 0 : quant.zero_points[0]);
}

// PAD and PADV2 of other types than f32, which the op `pad` does.
void Pad(OperatorContext& c) {
  ops::PadModeAttrs attrs;
  if (!ReadPaddings(c, attrs)) return;
  c.Out(0, c.b.Op(ops::ids::kPadMode, attrs, {c.In(0), c.Has(2) ? c.In(2) : Zero(c, c.In(0))}));
}
bool IsPadOfOtherType(OperatorContext& c) {
  return c.b.dtype(c.In(0)) != DType::kF32 || (c.Has(2) && !c.b.IsConstant(c.In(2)));
}

// Blocks and space. x [n, d_0, d_1, ..., rest...], block [b_0, b_1, ...].
struct Blocks {
  std::vector<int64_t> sizes;
  std::vector<int64_t> edges;  // two a block
};
bool ReadBlocks(OperatorContext& c, Blocks& blocks) {
  blocks.sizes = c.Ints(1, "the block shape");
  blocks.edges = c.Ints(2, "the paddings or crops");
  if (!c.b.ok()) return false;
  const auto rank = static_cast<size_t>(c.b.rank(c.In(0)));
  const auto is_bad = [](int64_t n) { return n < 0 || n > (1 << 24); };
  if (rank < 2 || blocks.sizes.empty() || blocks.sizes.size() >= rank || rank + blocks.sizes.size() > 8 ||
      blocks.edges.size() != 2 * blocks.sizes.size() || std::any_of(blocks.edges.begin(), blocks.edges.end(), is_bad) ||
      std::any_of(blocks.sizes.begin(), blocks.sizes.end(), [&](int64_t n) { return n == 0 || is_bad(n); })) {
    c.Unsupported("has " + std::to_string(blocks.sizes.size()) + " block sizes and " +
                  std::to_string(blocks.edges.size()) + " edges for " + ToString(c.b.shape(c.In(0))));
    return false;
  }
  return true;
}

// [n, d_i..., rest] padded, as [n, d_i / b_i, b_i, ...], blocks to the front, joined with n.
void SpaceToBatch(OperatorContext& c) {
  Builder& b = c.b;
  Blocks blocks;
  if (!ReadBlocks(c, blocks)) return;
  ValueId x = c.In(0);
  ops::PadModeAttrs attrs;
  attrs.before.size = attrs.after.size = b.rank(x);
  const size_t m = blocks.sizes.size();
  for (size_t i = 0; i < m; ++i) {
    attrs.before.values[i + 1] = blocks.edges[2 * i];
    attrs.after.values[i + 1] = blocks.edges[2 * i + 1];
  }
  if (std::any_of(blocks.edges.begin(), blocks.edges.end(), [](int64_t n) { return n > 0; })) {
    x = b.Op(ops::ids::kPadMode, attrs, {x, Zero(c, x)});
  }
  if (!b.ok()) return;
  const std::vector<int64_t> from = c.Dims(x);
  std::vector<int64_t> split = {from[0]};
  std::vector<int64_t> to = {from[0]};
  std::vector<int> perm;
  for (size_t i = 0; i < m; ++i) {
    if (from[i + 1] % blocks.sizes[i] != 0) return c.Invalid("has blocks that do not divide " + ToString(b.shape(x)));
    split.insert(split.end(), {from[i + 1] / blocks.sizes[i], blocks.sizes[i]});
    to[0] *= blocks.sizes[i];
    to.push_back(from[i + 1] / blocks.sizes[i]);
    perm.push_back(static_cast<int>(2 + 2 * i));
  }
  perm.push_back(0);
  for (size_t i = 0; i < m; ++i) perm.push_back(static_cast<int>(1 + 2 * i));
  for (size_t d = m + 1; d < from.size(); ++d) {
    perm.push_back(static_cast<int>(split.size()));
    split.push_back(from[d]);
    to.push_back(from[d]);
  }
  c.Out(0, b.Reshape(b.Transpose(b.Reshape(x, split), perm), to));
}

// The reverse: [b_i..., n / prod b, d_i, ..., rest] with each block put behind its dimension, then cropped.
void BatchToSpace(OperatorContext& c) {
  Builder& b = c.b;
  Blocks blocks;
  if (!ReadBlocks(c, blocks)) return;
  const ValueId x = c.In(0);
  const std::vector<int64_t> from = c.Dims(x);
  const size_t m = blocks.sizes.size();
  int64_t batch = from[0];
  for (const int64_t size : blocks.sizes) {
    if (batch % size != 0) return c.Invalid("has blocks that do not divide the batch of " + ToString(b.shape(x)));
    batch /= size;
  }
  std::vector<int64_t> split = blocks.sizes;
  split.push_back(batch);
  split.insert(split.end(), from.begin() + 1, from.end());
  std::vector<int> perm = {static_cast<int>(m)};
  std::vector<int64_t> whole = {batch};
  std::vector<Range> ranges = {{0, batch, 1}};
  for (size_t i = 0; i < m; ++i) {
    perm.insert(perm.end(), {static_cast<int>(m + 1 + i), static_cast<int>(i)});
    whole.push_back(from[i + 1] * blocks.sizes[i]);
    const int64_t left = whole.back() - blocks.edges[2 * i] - blocks.edges[2 * i + 1];
    if (left < 1) return c.Invalid("crops everything away");
    ranges.push_back({blocks.edges[2 * i], left, 1});
  }
  for (size_t d = m + 1; d < from.size(); ++d) {
    perm.push_back(static_cast<int>(m + d));
    whole.push_back(from[d]);
    ranges.push_back({0, from[d], 1});
  }
  c.Out(0, SliceRanges(c, b.Reshape(b.Transpose(b.Reshape(x, split), perm), whole), ranges));
}

// [n, h, w, c] <-> [n, h / s, w / s, s s c]; the channels of a pixel's block lie one after the other.
template <typename Options, bool kToDepth>
void SpaceAndDepth(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int64_t s = c.Options<Options>().block_size();
  if (!b.ok()) return;
  if (b.rank(x) != 4 || s < 1 || s > (1 << 12)) return c.Invalid("wants 4 dimensions and a block size of 1 or more");
  const std::vector<int64_t> d = c.Dims(x);
  const bool fits = kToDepth ? d[1] % s == 0 && d[2] % s == 0 : d[3] % (s * s) == 0;
  if (!fits)
    return c.Invalid("has the block size " + std::to_string(s) + ", which does not divide " + ToString(b.shape(x)));
  if constexpr (kToDepth) {
    const ValueId blocks = b.Reshape(x, {d[0], d[1] / s, s, d[2] / s, s, d[3]});
    c.Out(0, b.Reshape(b.Transpose(blocks, {0, 1, 3, 2, 4, 5}), {d[0], d[1] / s, d[2] / s, s * s * d[3]}));
  } else {
    const ValueId blocks = b.Reshape(x, {d[0], d[1], d[2], s, s, d[3] / (s * s)});
    c.Out(0, b.Reshape(b.Transpose(blocks, {0, 1, 3, 2, 4, 5}), {d[0], d[1] * s, d[2] * s, d[3] / (s * s)}));
  }
}

// Puts d - 1 border elements between neighbours: pads each element to d of them, and cuts the tail off.
void Dilate(OperatorContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  const std::vector<int64_t> factors = c.Ints(1, "the dilations");
  const std::vector<int64_t> dims = c.Dims(x);
  if (!b.ok()) return;
  if (factors.size() != dims.size() || dims.size() >= 8)
    return c.Unsupported("wants one dilation a dimension, at most 7");
  for (size_t i = 0; i < factors.size() && b.ok(); ++i) {
    if (factors[i] == 1) continue;
    if (factors[i] < 1 || factors[i] > (1 << 20)) return c.Invalid("has the dilation " + std::to_string(factors[i]));
    std::vector<int64_t> now = c.Dims(x);
    const int64_t size = now[i];
    now.insert(now.begin() + static_cast<ptrdiff_t>(i) + 1, 1);
    ops::PadModeAttrs attrs;
    attrs.before.size = attrs.after.size = static_cast<int32_t>(now.size());
    attrs.after.values[i + 1] = factors[i] - 1;
    const ValueId wide = b.Op(ops::ids::kPadMode, attrs, {b.Reshape(x, now), b.Reshape(c.In(2), {})});
    now.erase(now.begin() + static_cast<ptrdiff_t>(i) + 1);
    now[i] = size * factors[i];
    x = b.Slice(b.Reshape(wide, now), static_cast<int>(i), 0, (size - 1) * factors[i] + 1);
  }
  c.Out(0, x);
}

// A reduction over no axes changes nothing.
void ReduceNothing(OperatorContext& c) { c.Out(0, c.In(0)); }
bool NamesNoAxes(OperatorContext& c) { return c.b.IsConstant(c.In(1)) && c.b.shape(c.In(1)).elems() == 0; }

// RESHAPE, SQUEEZE and EXPAND_DIMS of complex numbers: the file knows the shape.
void ReshapeComplex(OperatorContext& c) {
  const Shape& to = c.Declared(0).shape;
  c.Out(0, c.b.Reshape(c.In(0), {to.dims().begin(), to.dims().end()}));
}
bool IsComplex(OperatorContext& c) { return c.is_complex; }

// Sparse constants have been made dense when they were read.
void Densify(OperatorContext& c) { c.Out(0, c.In(0)); }

constexpr Quantised kSame = Quantised::kSame;
constexpr Quantised kAny = Quantised::kAny;
constexpr Converter kTable[] = {
    {BuiltinOperator::SHAPE, ShapeOf, kAny},
    {BuiltinOperator::RANK, Rank, kAny},
    {BuiltinOperator::STRIDED_SLICE, StridedSlice, kSame},
    {BuiltinOperator::SLICE, SliceOf, kSame},
    {BuiltinOperator::SPLIT, Split, kSame},
    {BuiltinOperator::SPLIT_V, SplitV, kSame},
    {BuiltinOperator::PACK, Pack, kSame},
    {BuiltinOperator::UNPACK, Unpack, kSame},
    {BuiltinOperator::TILE, Tile, kSame},
    {BuiltinOperator::BROADCAST_TO, BroadcastTo, kSame},
    {BuiltinOperator::BROADCAST_ARGS, BroadcastArgs},
    {BuiltinOperator::FILL, Fill, kSame},
    {BuiltinOperator::ZEROS_LIKE, ZerosLike},
    {BuiltinOperator::RANGE, RangeOf},
    {BuiltinOperator::REVERSE_V2, ReverseV2, kSame},
    {BuiltinOperator::REVERSE_SEQUENCE, ReverseSequence, kSame},
    {BuiltinOperator::MIRROR_PAD, MirrorPad, kSame},
    {BuiltinOperator::PAD, Pad, kSame, false, IsPadOfOtherType},
    {BuiltinOperator::PADV2, Pad, kSame, false, IsPadOfOtherType},
    {BuiltinOperator::SPACE_TO_BATCH_ND, SpaceToBatch, kSame},
    {BuiltinOperator::BATCH_TO_SPACE_ND, BatchToSpace, kSame},
    {BuiltinOperator::SPACE_TO_DEPTH, SpaceAndDepth<schema::SpaceToDepthOptions, true>, kSame},
    {BuiltinOperator::DEPTH_TO_SPACE, SpaceAndDepth<schema::DepthToSpaceOptions, false>, kSame},
    {BuiltinOperator::DILATE, Dilate, kSame},
    {BuiltinOperator::DENSIFY, Densify, kSame},
    {BuiltinOperator::MEAN, ReduceNothing, kSame, false, NamesNoAxes},
    {BuiltinOperator::SUM, ReduceNothing, kSame, false, NamesNoAxes},
    {BuiltinOperator::REDUCE_MAX, ReduceNothing, kSame, false, NamesNoAxes},
    {BuiltinOperator::REDUCE_MIN, ReduceNothing, kSame, false, NamesNoAxes},
    {BuiltinOperator::REDUCE_PROD, ReduceNothing, kSame, false, NamesNoAxes},
    {BuiltinOperator::RESHAPE, ReshapeComplex, kAny, true, IsComplex},
    {BuiltinOperator::SQUEEZE, ReshapeComplex, kAny, true, IsComplex},
    {BuiltinOperator::EXPAND_DIMS, ReshapeComplex, kAny, true, IsComplex},
};

}  // namespace

std::span<const Converter> ShapeConverters() { return kTable; }

}  // namespace verge::tflite
