// Operators that pick or place elements by index, and those that find indices.
#include <algorithm>
#include <cmath>
#include <limits>

#include "import/tflite/convert/tables.h"
#include "ops/arg_reduce/arg_reduce.h"
#include "ops/bitcast/bitcast.h"
#include "ops/cumsum/cumsum.h"
#include "ops/dequantize/dequantize.h"
#include "ops/gather_nd/gather_nd.h"
#include "ops/non_zero/non_zero.h"
#include "ops/one_hot/one_hot.h"
#include "ops/scatter_nd/scatter_nd.h"
#include "ops/topk/topk.h"
#include "ops/unique/unique.h"

namespace verge::tflite {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::ScatterKind;
using schema::BuiltinOperator;

// Indices as our ops take them: i32 or i64.
ValueId Indices(OperatorContext& c, size_t i) {
  const ValueId x = c.In(i);
  return c.b.dtype(x) == DType::kI64 ? x : c.b.Cast(x, DType::kI32);
}

int64_t Product(const std::vector<int64_t>& dims, size_t from, size_t to) {
  int64_t product = 1;
  for (size_t i = from; i < to && i < dims.size(); ++i) product *= dims[i];
  return product;
}

ValueId ScatterNd(Builder& b, ScatterKind kind, ValueId x, ValueId at, ValueId updates) {
  return b.Op(ops::ids::kScatterNd, ops::ScatterNdAttrs{static_cast<int32_t>(kind)}, {x, at, updates});
}

// y[batch..., outer..., j..., inner...] = x[batch..., outer..., indices[batch..., j...], inner...]. With batches both
// are brought to [batch, axis, outer inner] and [batch, j], where tuples of one index do it.
void Gather(OperatorContext& c) {
  Builder& b = c.b;
  const auto& options = c.Options<schema::GatherOptions>();
  const ValueId x = c.In(0);
  const ValueId at = Indices(c, 1);
  const int axis = c.Axis(options.axis(), b.rank(x));
  const int64_t stated = options.batch_dims() < 0 ? options.batch_dims() + int64_t{b.rank(at)} : options.batch_dims();
  const int batches = stated == 0 ? 0 : c.Axis(stated, b.rank(at) + 1);
  if (!b.ok()) return;
  if (batches == 0) return c.Out(0, b.Gather(x, at, axis));
  const std::vector<int64_t> from = c.Dims(x);
  const std::vector<int64_t> tuple = c.Dims(at);
  const auto k = static_cast<size_t>(batches);
  const auto a = static_cast<size_t>(axis);
  if (k > a || k > tuple.size() || !std::equal(tuple.begin(), tuple.begin() + batches, from.begin())) {
    return c.Invalid("has " + std::to_string(batches) + " batch dimensions, which " + ToString(b.shape(x)) + " and " +
                     ToString(b.shape(at)) + " do not share");
  }
  const int64_t n = Product(from, 0, k);
  const int64_t outer = Product(from, k, a);
  const int64_t inner = Product(from, a + 1, from.size());
  const int64_t j = Product(tuple, k, tuple.size());
  const ValueId rows =
      b.Reshape(b.Transpose(b.Reshape(x, {n, outer, from[a], inner}), {0, 2, 1, 3}), {n, from[a], outer * inner});
  const ValueId picked = b.Op(ops::ids::kGatherNd, ops::GatherNdAttrs{1}, {rows, b.Reshape(at, {n, j, 1})});
  std::vector<int64_t> to(from.begin(), from.begin() + axis);
  to.insert(to.end(), tuple.begin() + batches, tuple.end());
  to.insert(to.end(), from.begin() + axis + 1, from.end());
  c.Out(0, b.Reshape(b.Transpose(b.Reshape(picked, {n, j, outer, inner}), {0, 2, 1, 3}), to));
}

void GatherNd(OperatorContext& c) {
  c.Out(0, c.b.Op(ops::ids::kGatherNd, ops::GatherNdAttrs{0}, {c.In(0), Indices(c, 1)}));
}

// Input 0 the row numbers, input 1 the table; a quantised table gives real rows.
void EmbeddingLookup(OperatorContext& c) {
  ValueId rows = c.b.Gather(c.In(1), Indices(c, 0), 0);
  if (c.b.dtype(rows) != c.Declared(0).dtype) {
    if (c.b.value(rows).quant.scales.size() > 1) return c.Unsupported("has a table with a scale a row");
    rows = c.b.Op(ops::ids::kDequantize, ops::DequantizeAttrs{}, {rows});
  }
  c.Out(0, rows);
}

void ScatterNdOf(OperatorContext& c) {
  const std::optional<Shape> shape = Shape::FromSpan(c.Ints(2, "the shape of a scatter"));
  if (!c.b.ok() || !shape) return c.Invalid("has a shape that is none");
  const ValueId zeros = c.b.Filled(c.b.dtype(c.In(1)), *shape, 0);
  c.Out(0, ScatterNd(c.b, ScatterKind::kAdd, zeros, Indices(c, 0), c.In(1)));
}

// Sums rows of `data` by number; rows with a negative number are left out: they go to a last row, which is cut off.
void Segments(OperatorContext& c, ScatterKind kind, double start, int64_t count) {
  Builder& b = c.b;
  const ValueId data = c.In(0);
  ValueId ids = Indices(c, 1);
  const std::vector<int64_t> from = c.Dims(data);
  const auto lead = static_cast<size_t>(b.rank(ids));
  if (!b.ok() || lead > from.size() || lead == 0 || count < 1)
    return c.Invalid("has segments that do not fit its data");
  std::vector<int64_t> rows(from.begin() + static_cast<ptrdiff_t>(lead), from.end());
  std::vector<int64_t> to = rows;
  to.insert(to.begin(), count + 1);
  rows.insert(rows.begin(), Product(from, 0, lead));
  const ValueId last = b.Scalar(b.dtype(ids), static_cast<double>(count));
  const ValueId is_left_out = b.Compare(CompareKind::kLess, ids, b.Scalar(b.dtype(ids), 0));
  ids = b.Reshape(b.Where(is_left_out, last, ids), {rows[0], 1});
  const std::optional<Shape> shape = Shape::FromSpan(to);
  if (!shape) return c.Invalid("makes too many segments");
  const ValueId sums = ScatterNd(b, kind, b.Filled(b.dtype(data), *shape, start), ids, b.Reshape(data, rows));
  c.Out(0, b.Slice(sums, 0, 0, count));
}

// As many segments as the last of the sorted numbers says.
void SegmentSum(OperatorContext& c) {
  const std::vector<int64_t> ids = c.Ints(1, "the segments of a sum");
  if (c.b.ok()) Segments(c, ScatterKind::kAdd, 0, ids.empty() ? 0 : ids.back() + 1);
}

template <ScatterKind kKind>
void UnsortedSegment(OperatorContext& c) {
  const bool is_float = c.b.dtype(c.In(0)) == DType::kF32;
  const double most = is_float ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  double start = 0;
  if (kKind == ScatterKind::kMul) start = 1;
  if (kKind == ScatterKind::kMax) start = -most;
  if (kKind == ScatterKind::kMin) start = most;
  Segments(c, kKind, start, c.Int(2, "the number of segments"));
}

// y = default everywhere, values at the indices; one value may stand for all.
void SparseToDense(OperatorContext& c) {
  Builder& b = c.b;
  ValueId at = Indices(c, 0);
  ValueId values = c.In(2);
  if (b.rank(at) < 2) at = b.Reshape(at, {-1, 1});
  const std::vector<int64_t> dims = c.Ints(1, "the shape of a dense tensor");
  if (!b.ok()) return;
  if (b.rank(values) == 0) values = b.Expand(b.Reshape(values, {1}), {b.Dim(at, 0)});
  const ValueId ground = b.Expand(b.Reshape(c.In(3), std::vector<int64_t>(dims.size(), 1)), dims);
  c.Out(0, ScatterNd(b, ScatterKind::kReplace, ground, at, values));
}

void TopK(OperatorContext& c) {
  const int64_t k = c.Int(1, "the number of largest elements");
  if (!c.b.ok()) return;
  const std::vector<ValueId> both = c.b.Ops(ops::ids::kTopk, ops::TopkAttrs{k, -1, true}, {c.In(0)}, 2);
  c.Out(0, both[0]);
  c.Out(1, c.b.Cast(both[1], c.Declared(1).dtype));
}

template <bool kTakeMin>
void ArgReduce(OperatorContext& c) {
  const int axis = c.Axis(c.Int(1, "the axis of an arg max"), c.b.rank(c.In(0)));
  const ValueId at = c.b.Op(ops::ids::kArgReduce, ops::ArgReduceAttrs{kTakeMin, axis, false, false}, {c.In(0)});
  c.Out(0, c.b.Cast(at, c.Declared(0).dtype));
}

// Positions of what is not 0, one a row.
void Where(OperatorContext& c) {
  if (!c.b.RequireConstant(c.In(0), "the condition of WHERE (how many positions it has)")) return;
  c.Out(0, c.b.Transpose(c.b.Op(ops::ids::kNonZero, ops::NonZeroAttrs{}, {c.In(0)}), {1, 0}));
}

// Our op counts negative indices from the end; here they mark nothing, like those beyond the depth.
void OneHot(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId at = Indices(c, 0);
  const int64_t depth = c.Int(1, "the depth of ONE_HOT");
  if (!b.ok()) return;
  const auto scalar = [&](int64_t value) { return b.Scalar(b.dtype(at), static_cast<double>(value)); };
  const ValueId marked = b.Where(b.Compare(CompareKind::kLess, at, scalar(0)), scalar(depth), at);
  const ValueId values = b.Concat({b.Reshape(c.In(3), {1}), b.Reshape(c.In(2), {1})}, 0);
  c.Out(0,
        b.Op(ops::ids::kOneHot, ops::OneHotAttrs{depth, c.Options<schema::OneHotOptions>().axis()}, {marked, values}));
}

void Cumsum(OperatorContext& c) {
  const auto& options = c.Options<schema::CumsumOptions>();
  const ops::CumsumAttrs attrs{c.Axis(c.Int(1, "the axis of CUMSUM"), c.b.rank(c.In(0))), options.exclusive(),
                               options.reverse()};
  c.Out(0, c.b.Op(ops::ids::kCumsum, attrs, {c.In(0)}));
}

// bool[n, m] with true where both indices agree.
ValueId Eye(Builder& b, int64_t n, int64_t m) {
  const auto column = [&](int64_t size, const Shape& shape) {
    std::vector<int64_t> values(static_cast<size_t>(std::clamp<int64_t>(size, 0, 1 << 20)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i);
    return b.Reshape(b.IntsConstant(values), {shape.dims().begin(), shape.dims().end()});
  };
  return b.Compare(CompareKind::kEqual, column(n, {n, 1}), column(m, {1, m}));
}

// [..., n] -> [..., n, n]
void MatrixDiag(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int64_t n = b.Dim(x, -1);
  std::vector<int64_t> dims = c.Dims(x);
  dims.push_back(1);
  c.Out(0, b.Where(Eye(b, n, n), b.Reshape(x, dims), b.Scalar(b.dtype(x), 0)));
}

// [..., n, m] with the diagonal [..., min(n, m)] replaced. A diagonal as long as the columns lies as a column beside
// them, else as a row.
void MatrixSetDiag(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int64_t n = b.Dim(x, -2);
  const int64_t m = b.Dim(x, -1);
  if (!b.ok() || b.Dim(c.In(1), -1) != std::min(n, m)) return c.Invalid("has a diagonal of another length");
  std::vector<int64_t> dims = c.Dims(c.In(1));
  dims.insert(n <= m ? dims.end() : dims.end() - 1, 1);
  c.Out(0, b.Where(Eye(b, n, m), b.Reshape(c.In(1), dims), x));
}

void Unique(OperatorContext& c) {
  if (!c.b.RequireConstant(c.In(0), "the input of UNIQUE (how many different elements it has)")) return;
  const std::vector<ValueId> all = c.b.Ops(ops::ids::kUnique, ops::UniqueAttrs{0, false}, {c.In(0)}, 4);
  c.Out(0, all[0]);
  c.Out(1, c.b.Cast(all[2], c.Declared(1).dtype));
}

// The update replaces a box of x; its start is moved so that it fits. The index of each row of the box is the constant
// offset within the box plus the start; a row is what lies beyond the last dimension where box and x differ.
void DynamicUpdateSlice(OperatorContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId update = c.In(1);
  const ValueId start = b.Cast(Indices(c, 2), DType::kI64);
  const std::vector<int64_t> whole = c.Dims(x);
  const std::vector<int64_t> box = c.Dims(update);
  if (!b.ok()) return;
  if (whole.size() != box.size() || b.shape(start) != Shape{static_cast<int64_t>(whole.size())}) {
    return c.Invalid("updates " + ToString(b.shape(x)) + " with " + ToString(b.shape(update)));
  }
  size_t depth = 0;
  std::vector<int64_t> room(whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    room[i] = whole[i] - box[i];
    if (room[i] < 0) return c.Invalid("has an update that is larger than its target");
    if (room[i] > 0) depth = i + 1;
  }
  if (depth == 0) return c.Out(0, update);
  const int64_t rows = Product(box, 0, depth);
  constexpr int64_t kMaxRows = 1 << 20;
  if (rows > kMaxRows) return c.Unsupported("updates " + std::to_string(rows) + " rows");
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row < rows; ++row) {
    std::vector<int64_t> at(depth);
    for (size_t d = depth, rest = static_cast<size_t>(row); d-- > 0;) {
      at[d] = static_cast<int64_t>(rest % static_cast<size_t>(box[d]));
      rest /= static_cast<size_t>(box[d]);
    }
    offsets.insert(offsets.end(), at.begin(), at.end());
  }
  room.resize(depth);
  const auto m = static_cast<int64_t>(depth);
  const ValueId head = b.Slice(start, 0, 0, m);
  const ValueId raised = b.Binary(BinaryKind::kMax, head, b.Scalar(DType::kI64, 0));
  const ValueId inside = b.Binary(BinaryKind::kMin, raised, b.IntsConstant(room));
  const ValueId at = b.Add(b.Reshape(b.IntsConstant(offsets), {rows, m}), inside);
  std::vector<int64_t> row_dims(box.begin() + m, box.end());
  row_dims.insert(row_dims.begin(), rows);
  c.Out(0, ScatterNd(b, ScatterKind::kReplace, x, at, b.Reshape(update, row_dims)));
}

void Bitcast(OperatorContext& c) {
  const ops::BitcastAttrs attrs{static_cast<int32_t>(c.Declared(0).dtype)};
  c.Out(0, c.b.Op(ops::ids::kBitcast, attrs, {c.In(0)}));
}

// Which row or column of the input each one of the output shows, in the arithmetic of the format (f32).
std::vector<int64_t> NearestRows(int64_t in, int64_t out, bool align_corners, bool half_pixel) {
  const float scale = align_corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                               : static_cast<float>(in) / static_cast<float>(out);
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + (half_pixel ? 0.5f : 0.0f)) * scale;
    rows.push_back(
        std::clamp<int64_t>(static_cast<int64_t>(align_corners ? std::round(at) : std::floor(at)), 0, in - 1));
  }
  return rows;
}

void ResizeNearest(OperatorContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  const std::vector<int64_t> size = c.Ints(1, "the size of a resize");
  const auto& options = c.Options<schema::ResizeNearestNeighborOptions>();
  if (!b.ok()) return;
  if (size.size() != 2 || b.rank(x) != 4) return c.Invalid("wants 4 dimensions, and a height and a width");
  for (int d = 1; d <= 2; ++d) {
    const int64_t want = size[static_cast<size_t>(d) - 1];
    if (want < 1 || want > (1 << 20)) return c.Invalid("resizes to " + std::to_string(want));
    if (want == b.Dim(x, d)) continue;
    const std::vector<int64_t> rows =
        NearestRows(b.Dim(x, d), want, options.align_corners(), options.half_pixel_centers());
    x = b.Gather(x, b.IntsConstant(rows), d);
  }
  c.Out(0, x);
}

constexpr Quantised kSame = Quantised::kSame;
constexpr Converter kTable[] = {
    {BuiltinOperator::GATHER, Gather, kSame},
    {BuiltinOperator::GATHER_ND, GatherNd, kSame},
    {BuiltinOperator::EMBEDDING_LOOKUP, EmbeddingLookup, kSame},
    {BuiltinOperator::SCATTER_ND, ScatterNdOf},
    {BuiltinOperator::SEGMENT_SUM, SegmentSum},
    {BuiltinOperator::UNSORTED_SEGMENT_SUM, UnsortedSegment<ScatterKind::kAdd>},
    {BuiltinOperator::UNSORTED_SEGMENT_PROD, UnsortedSegment<ScatterKind::kMul>},
    {BuiltinOperator::UNSORTED_SEGMENT_MAX, UnsortedSegment<ScatterKind::kMax>},
    {BuiltinOperator::UNSORTED_SEGMENT_MIN, UnsortedSegment<ScatterKind::kMin>},
    {BuiltinOperator::SPARSE_TO_DENSE, SparseToDense, kSame},
    {BuiltinOperator::TOPK_V2, TopK, kSame},
    {BuiltinOperator::ARG_MAX, ArgReduce<false>, kSame},
    {BuiltinOperator::ARG_MIN, ArgReduce<true>, kSame},
    {BuiltinOperator::WHERE, Where},
    {BuiltinOperator::ONE_HOT, OneHot},
    {BuiltinOperator::CUMSUM, Cumsum},
    {BuiltinOperator::MATRIX_DIAG, MatrixDiag},
    {BuiltinOperator::MATRIX_SET_DIAG, MatrixSetDiag, kSame},
    {BuiltinOperator::UNIQUE, Unique, kSame},
    {BuiltinOperator::DYNAMIC_UPDATE_SLICE, DynamicUpdateSlice, kSame},
    {BuiltinOperator::BITCAST, Bitcast},
    {BuiltinOperator::RESIZE_NEAREST_NEIGHBOR, ResizeNearest, kSame},
};

}  // namespace

std::span<const Converter> IndexingConverters() { return kTable; }

}  // namespace verge::tflite
