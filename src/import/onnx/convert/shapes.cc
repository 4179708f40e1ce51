// Ops that only move, cut, repeat or reshape, and those that say something about shapes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "import/onnx/convert/tables.h"
#include "ops/pad/pad.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/slice/slice.h"
#include "ops/tile/tile.h"
#include "ops/trilu/trilu.h"

namespace verge::onnx {
namespace {

// The most elements that Range and EyeLike make at import.
constexpr double kMaxMade = 1 << 26;

std::vector<int64_t> DimsOf(Builder& b, ValueId x) { return {b.shape(x).dims().begin(), b.shape(x).dims().end()}; }

// The real size of the dimension with a margin: i64[1].
ValueId CountOf(Builder& b, const Margin& margin) { return b.Mul(margin.count, b.IntsConstant({margin.factor})); }

void ShapeOf(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> dims = DimsOf(b, c.In(0));
  const auto rank = static_cast<int64_t>(dims.size());
  const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = clamp(c.Int("start", 0));
  const int64_t end = std::max(start, clamp(c.Int("end", rank)));
  const Margin* found = b.MarginOf(c.In(0));
  if (found == nullptr || found->dim < start || found->dim >= end)
    return c.Out(0, b.IntsConstant({dims.begin() + start, dims.begin() + end}));
  const Margin margin = *found;
  std::vector<ValueId> parts;
  if (margin.dim > start) parts.push_back(b.IntsConstant({dims.begin() + start, dims.begin() + margin.dim}));
  parts.push_back(CountOf(b, margin));
  if (margin.dim + 1 < end) parts.push_back(b.IntsConstant({dims.begin() + margin.dim + 1, dims.begin() + end}));
  c.Out(0, b.Concat(parts, 0));
}

void Size(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto elems = static_cast<int64_t>(b.shape(x).elems());
  const Margin* found = b.MarginOf(x);
  if (found == nullptr) return c.Out(0, b.Scalar(DType::kI64, static_cast<double>(elems)));
  const Margin margin = *found;
  const int64_t others = elems / b.Dim(x, margin.dim);
  c.Out(0, b.Reshape(b.Mul(CountOf(b, margin), b.IntsConstant({others})), {}));
}

void Reshape(NodeContext& c) {
  const ValueId x = c.In(0);
  std::vector<int64_t> dims = c.IntsFrom("shape", 1);
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && c.Int("allowzero", 0) == 0) dims[i] = c.b.Dim(x, static_cast<int>(i));
  }
  c.Out(0, c.b.Reshape(x, dims));
}

// Axes as a set of positions in a tensor of `rank` dimensions.
std::vector<bool> AxisSet(NodeContext& c, const std::vector<int64_t>& axes, int rank) {
  std::vector<bool> set(static_cast<size_t>(std::max(rank, 0)));
  for (const int64_t axis : axes) {
    const int at = c.Axis(axis, rank);
    if (c.b.ok()) set[static_cast<size_t>(at)] = true;
  }
  return set;
}

void Squeeze(NodeContext& c) {
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = c.IntsFrom("axes", 1);
  const std::vector<bool> listed = AxisSet(c, axes, c.b.rank(x));
  std::vector<int64_t> dims;
  for (int d = 0; d < c.b.rank(x); ++d) {
    const int64_t size = c.b.Dim(x, d);
    if (axes.empty() ? size != 1 : !listed[static_cast<size_t>(d)]) dims.push_back(size);
  }
  c.Out(0, c.b.Reshape(x, dims));
}

void Unsqueeze(NodeContext& c) {
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = c.IntsFrom("axes", 1);
  const std::vector<bool> fresh = AxisSet(c, axes, c.b.rank(x) + static_cast<int>(axes.size()));
  if (!c.b.ok()) return;
  std::vector<int64_t> dims;
  int from = 0;
  for (const bool is_fresh : fresh) dims.push_back(is_fresh ? 1 : c.b.Dim(x, from++));
  c.Out(0, c.b.Reshape(x, dims));
}

void Flatten(NodeContext& c) {
  const ValueId x = c.In(0);
  const int64_t stated = c.Int("axis", 1);  // may be the rank; negative ones count from it
  const int axis = c.Axis(stated < 0 ? stated + c.b.rank(x) : stated, c.b.rank(x) + 1);
  int64_t rows = 1;
  for (int d = 0; d < axis; ++d) rows *= c.b.Dim(x, d);
  c.Out(0, c.b.Reshape(x, {rows, -1}));
}

void Transpose(NodeContext& c) {
  const ValueId x = c.In(0);
  std::vector<int64_t> perm = c.Ints("perm");
  for (int d = c.b.rank(x) - 1; perm.size() < static_cast<size_t>(c.b.rank(x)) && c.Find("perm") == nullptr; --d)
    perm.push_back(d);
  std::vector<int> order;
  for (const int64_t d : perm) order.push_back(static_cast<int>(std::clamp<int64_t>(d, -1, Shape::kMaxRank)));
  c.Out(0, c.b.Transpose(x, order));
}

void Expand(NodeContext& c) { c.Out(0, c.b.Expand(c.In(0), c.b.Ints(c.In(1), "the shape of Expand"))); }

void Tile(NodeContext& c) {
  const ops::TileAttrs attrs{ToIntList(c.b, c.b.Ints(c.In(1), "the repeats of Tile"))};
  c.Out(0, c.b.Op(ops::ids::kTile, attrs, {c.In(0)}));
}

// Parts without elements add nothing; Verge has no empty tensors.
void Concat(NodeContext& c) {
  std::vector<ValueId> parts;
  for (size_t i = 0; i < c.input_count(); ++i) {
    const ValueId part = c.In(i);
    if (c.b.shape(part).elems() > 0) parts.push_back(part);
  }
  if (parts.empty()) return c.Out(0, c.In(0));
  c.Out(0, c.b.Concat(parts, c.Int("axis", 1)));
}

void Split(NodeContext& c) {
  const ValueId x = c.In(0);
  const int axis = c.Axis(c.Int("axis", 0), c.b.rank(x));
  const int64_t total = c.b.Dim(x, axis);
  std::vector<int64_t> sizes = c.IntsFrom("split", 1);
  const auto count = static_cast<int64_t>(c.node.outputs.size());
  if (sizes.empty() && count > 0) {
    const int64_t even = (total + count - 1) / count;
    for (int64_t rest = total; static_cast<int64_t>(sizes.size()) < count; rest -= sizes.back())
      sizes.push_back(std::min(even, rest));
  }
  if (static_cast<int64_t>(sizes.size()) != count)
    return c.Invalid("the number of sizes differs from the number of outputs");
  int64_t start = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    c.Out(i, c.b.Slice(x, axis, start, sizes[i]));
    if (!c.b.ok()) return;  // so that the sum below stays within the axis
    start += sizes[i];
  }
  if (start != total)
    c.Invalid("the sizes of Split sum to " + std::to_string(start) + ", the axis has " + std::to_string(total));
}

// One axis of a slice as numpy counts it: where it starts, and how many elements it takes.
struct Range {
  int64_t start = 0;
  int64_t size = 0;
};
Range MakeRange(int64_t start, int64_t end, int64_t step, int64_t dim) {
  const auto from_end = [&](int64_t at) { return at < 0 ? at + dim : at; };
  const int64_t first = step > 0 ? 0 : -1;
  const int64_t last = step > 0 ? dim : dim - 1;
  // The ends may be as far out as an i64 goes: they are brought in before anything is added to them.
  start = std::clamp(from_end(std::clamp<int64_t>(start, -dim - 1, dim)), first, last);
  end = std::clamp(from_end(std::clamp<int64_t>(end, -dim - 1, dim)), first, last);
  const int64_t span = step > 0 ? end - start : start - end;
  const int64_t stride = step > 0 ? step : -step;
  return {start, span <= 0 ? 0 : (span - 1) / stride + 1};
}

void Slice(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  const std::vector<int64_t> starts = c.IntsFrom("starts", 1);
  const std::vector<int64_t> ends = c.IntsFrom("ends", 2);
  std::vector<int64_t> axes = c.IntsFrom("axes", 3);
  std::vector<int64_t> steps = c.Has(4) ? b.Ints(c.In(4), "the steps of Slice") : std::vector<int64_t>{};
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (!b.ok()) return;
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size()) {
    return c.Invalid("starts, ends, axes and steps want one length");
  }
  for (size_t i = 0; i < starts.size() && b.ok(); ++i) {
    const int axis = c.Axis(axes[i], b.rank(x));
    if (steps[i] == 0 || steps[i] == std::numeric_limits<int64_t>::min()) return c.Invalid("a step of 0");
    const Range range = MakeRange(starts[i], ends[i], steps[i], b.Dim(x, axis));
    const int64_t step = range.size <= 1 ? 1 : steps[i];
    x = b.Slice(x, axis, range.start, range.size, step);
  }
  c.Out(0, x);
}

// No border is wider.
constexpr int64_t kMaxPad = int64_t{1} << 32;

// Since opset 18 the widths may be those of some axes only.
std::vector<int64_t> AllPads(NodeContext& c, std::vector<int64_t> pads, size_t rank) {
  if (!c.Has(3)) return pads;
  const std::vector<int64_t> axes = c.b.Ints(c.In(3), "the axes of Pad");
  std::vector<int64_t> all(2 * rank, 0);
  if (pads.size() != 2 * axes.size()) c.Invalid("pads wants two numbers an axis");
  for (size_t i = 0; i < axes.size() && c.b.ok(); ++i) {
    const auto axis = static_cast<size_t>(c.Axis(axes[i], static_cast<int>(rank)));
    if (!c.b.ok()) break;
    all[axis] = pads[i];
    all[axis + rank] = pads[i + axes.size()];
  }
  return all;
}

// Negative widths cut; the rest is a border.
void Pad(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  const auto rank = static_cast<size_t>(b.rank(x));
  const std::vector<int64_t> pads = AllPads(c, c.IntsFrom(c.opset < 2 ? "paddings" : "pads", 1), rank);
  const std::string mode = c.String("mode", "constant");
  if (!b.ok()) return;
  if (pads.size() != 2 * rank) return c.Invalid("pads wants two numbers a dimension");
  std::vector<int64_t> before(rank);
  std::vector<int64_t> after(rank);
  const bool sane =
      std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad >= -kMaxPad && pad <= kMaxPad; });
  if (!sane) return c.Invalid("pads are out of range");
  for (size_t d = 0; d < rank; ++d) {
    before[d] = std::max<int64_t>(pads[d], 0);
    after[d] = std::max<int64_t>(pads[d + rank], 0);
    const int64_t cut = std::clamp<int64_t>(-std::min<int64_t>(pads[d], 0), 0, b.Dim(x, static_cast<int>(d)));
    const int64_t cut_after =
        std::clamp<int64_t>(-std::min<int64_t>(pads[d + rank], 0), 0, b.Dim(x, static_cast<int>(d)));
    x = b.Slice(x, static_cast<int>(d), cut, b.Dim(x, static_cast<int>(d)) - cut - cut_after);
    if (!b.ok()) return;
  }
  ops::PadModeAttrs attrs;
  attrs.before = ToIntList(b, before);
  attrs.after = ToIntList(b, after);
  const ValueId value =
      c.opset >= 11 && c.Has(2) ? c.In(2) : b.Scalar(b.dtype(x), static_cast<double>(c.Float("value", 0)));
  if (mode == "constant" && b.dtype(x) == DType::kF32 && b.IsConstant(value) && b.shape(value).elems() == 1) {
    const auto number = static_cast<float>(b.Floats(value, "the value of Pad")[0]);
    return c.Out(0, b.Op(ops::ids::kPad, ops::PadAttrs{attrs.before, attrs.after, number}, {x}));
  }
  const auto found = std::find(std::begin(ops::kPadModeNames), std::end(ops::kPadModeNames), mode);
  if (found == std::end(ops::kPadModeNames)) return c.Unsupported("the mode '" + mode.substr(0, 50) + "' is unknown");
  attrs.mode = static_cast<int32_t>(found - std::begin(ops::kPadModeNames));
  const bool constant = mode == "constant";
  c.Out(0, b.Op(ops::ids::kPadMode, attrs, constant ? std::vector<ValueId>{x, value} : std::vector<ValueId>{x}));
}

// Cut or widened with zeros about the middle; what is odd goes to the end.
void CenterCropPad(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  const std::vector<int64_t> wanted = b.Ints(c.In(1), "the shape of CenterCropPad");
  const auto rank = static_cast<size_t>(b.rank(x));
  std::vector<int64_t> axes = c.Ints("axes");
  if (c.Find("axes") == nullptr) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (!b.ok()) return;
  if (wanted.size() != axes.size()) return c.Invalid("the shape wants one number an axis");
  ops::PadModeAttrs border;
  std::vector<int64_t> before(rank);
  std::vector<int64_t> after(rank);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = c.Axis(axes[i], static_cast<int>(rank));
    if (!b.ok()) return;
    const int64_t size = b.Dim(x, axis);
    if (wanted[i] < 1 || wanted[i] > kMaxPad) return c.Invalid("the shape is out of range");
    if (wanted[i] <= size) {
      x = b.Slice(x, axis, (size - wanted[i]) / 2, wanted[i]);
    } else {
      before[static_cast<size_t>(axis)] = (wanted[i] - size) / 2;
      after[static_cast<size_t>(axis)] = wanted[i] - size - (wanted[i] - size) / 2;
    }
  }
  border.before = ToIntList(b, before);
  border.after = ToIntList(b, after);
  const auto is_zero = [](int64_t width) { return width == 0; };
  const bool keeps =
      std::all_of(before.begin(), before.end(), is_zero) && std::all_of(after.begin(), after.end(), is_zero);
  c.Out(0, keeps ? x : b.Op(ops::ids::kPadMode, border, {x, b.Scalar(b.dtype(x), 0)}));
}

ValueId FromTensor(NodeContext& c, const TensorData& tensor) {
  if (tensor.is_string) {
    c.Unsupported("strings are not supported");
    return kNoValue;
  }
  const std::string& name = c.node.outputs.empty() ? c.node.name : c.node.outputs[0];
  const ValueId id = c.b.Constant(name, tensor.dtype, tensor.shape, tensor.data);
  if (tensor.is_four_bit) c.b.NoteFourBit(id);
  return id;
}

void Constant(NodeContext& c) {
  Builder& b = c.b;
  if (const Attribute* value = c.Find("value"); value != nullptr && value->tensor != nullptr)
    return c.Out(0, FromTensor(c, *value->tensor));
  if (const Attribute* value = c.Find("value_float")) return c.Out(0, b.FloatsConstant(Shape(), {value->f}));
  if (const Attribute* value = c.Find("value_int")) return c.Out(0, b.Reshape(b.IntsConstant({value->i}), {}));
  if (const Attribute* value = c.Find("value_ints")) return c.Out(0, b.IntsConstant(value->ints));
  if (const Attribute* value = c.Find("value_floats")) {
    return c.Out(0, b.FloatsConstant({static_cast<int64_t>(value->floats.size())}, value->floats));
  }
  c.Unsupported("a constant of strings, or sparse, is not supported");
}

void ConstantOfShape(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> dims = b.Ints(c.In(0), "the shape of ConstantOfShape");
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return c.Invalid("the shape of ConstantOfShape has a negative dimension, or more than 8");
  const Attribute* value = c.Find("value");
  if (value == nullptr || value->tensor == nullptr) return c.Out(0, b.Filled(DType::kF32, *shape, 0));
  const ValueId one = FromTensor(c, *value->tensor);
  if (shape->elems() == 0) return c.Out(0, b.Filled(b.dtype(one), *shape, 0));
  c.Out(0, b.Expand(b.Reshape(one, {}), dims));
}

void RangeOf(NodeContext& c) {
  Builder& b = c.b;
  const auto number = [&](size_t i) {
    const std::vector<double> values = b.Floats(c.In(i), "the start, limit or delta of Range");
    return values.size() == 1 ? values[0] : 0.0;
  };
  const double start = number(0);
  const double delta = number(2);
  const double count = std::ceil((number(1) - start) / delta);
  if (!b.ok()) return;
  if (!(count >= 0 && count < kMaxMade)) return c.Invalid("the range is infinite or too long");
  const DType type = b.dtype(c.In(0));
  std::vector<int64_t> steps(static_cast<size_t>(count));
  std::iota(steps.begin(), steps.end(), 0);
  if (steps.empty()) return c.Out(0, b.Filled(type, {0}, 0));
  c.Out(0, b.Add(b.Mul(b.Cast(b.IntsConstant(steps), type), b.Reshape(c.In(2), {})), b.Reshape(c.In(0), {})));
}

void EyeLike(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const std::optional<DType> type = c.Find("dtype") == nullptr ? b.dtype(x) : DTypeFromOnnx(c.Int("dtype", 1));
  if (!type) return c.Unsupported("the type of the output is not supported");
  const int64_t k = c.Int("k", 0);
  const auto height = static_cast<double>(b.Dim(x, 0));
  if (height * static_cast<double>(b.Dim(x, 1)) > kMaxMade || k < -(1 << 26) || k > 1 << 26)
    return c.Invalid("the matrix is too large");
  std::vector<int64_t> rows(static_cast<size_t>(height));
  std::vector<int64_t> columns(static_cast<size_t>(b.Dim(x, 1)));
  std::iota(rows.begin(), rows.end(), k);
  std::iota(columns.begin(), columns.end(), 0);
  const ValueId same =
      b.Compare(ops::CompareKind::kEqual, b.Reshape(b.IntsConstant(rows), {-1, 1}), b.IntsConstant(columns));
  c.Out(0, b.Cast(same, *type));
}

void Trilu(NodeContext& c) {
  const std::vector<int64_t> k = c.Has(1) ? c.b.Ints(c.In(1), "k of Trilu") : std::vector<int64_t>{0};
  if (k.size() != 1) return c.Invalid("input 1 (k) wants one number");
  if (c.b.IsEmpty(c.In(0))) return c.Out(0, c.b.Empty(c.In(0), c.b.shape(c.In(0))));
  c.Out(0, c.b.Op(ops::ids::kTrilu, ops::TriluAttrs{c.Int("upper", 1) != 0, k[0]}, {c.In(0)}));
}

// [n, c, h, w] -> [n, c / s^2, h s, w s]; DCR: the block is the outer part of the channel, CRD: the inner one.
void DepthToSpace(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int64_t s = c.Int("blocksize", 1);
  if (s < 1 || s > 1 << 16) return c.Invalid("attribute blocksize is out of range");
  const int64_t channels = b.Dim(x, 1) / (s * s);
  const bool crd = c.String("mode", "DCR") == "CRD";
  const int64_t n = b.Dim(x, 0);
  const int64_t h = b.Dim(x, 2);
  const int64_t w = b.Dim(x, 3);
  const ValueId split = crd ? b.Reshape(x, {n, channels, s, s, h, w}) : b.Reshape(x, {n, s, s, channels, h, w});
  const ValueId moved = crd ? b.Transpose(split, {0, 1, 4, 2, 5, 3}) : b.Transpose(split, {0, 3, 4, 1, 5, 2});
  c.Out(0, b.Reshape(moved, {n, channels, h * s, w * s}));
}

void SpaceToDepth(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const int64_t s = c.Int("blocksize", 1);
  if (s < 1 || s > 1 << 16) return c.Invalid("attribute blocksize is out of range");
  const int64_t n = b.Dim(x, 0);
  const int64_t channels = b.Dim(x, 1);
  const int64_t h = b.Dim(x, 2) / s;
  const int64_t w = b.Dim(x, 3) / s;
  const ValueId split = b.Reshape(x, {n, channels, h, s, w, s});
  c.Out(0, b.Reshape(b.Transpose(split, {0, 3, 5, 1, 2, 4}), {n, channels * s * s, h, w}));
}

constexpr Converter kRows[] = {
    {"Shape", ShapeOf, 1},
    {"Size", Size, 1},
    {"Reshape", Reshape, 1},
    {"Squeeze", Squeeze, 1},
    {"Unsqueeze", Unsqueeze, 1},
    {"Flatten", Flatten, 1},
    {"Transpose", Transpose, 1},
    {"Expand", Expand, 8},
    {"Tile", Tile, 1},
    {"Concat", Concat, 1},
    {"Split", Split, 1},
    {"Slice", Slice, 1},
    {"Pad", Pad, 1},
    {"CenterCropPad", CenterCropPad, 18},
    {"Constant", Constant, 1},
    {"ConstantOfShape", ConstantOfShape, 9},
    {"Range", RangeOf, 11},
    {"EyeLike", EyeLike, 9},
    {"Trilu", Trilu, 14},
    {"DepthToSpace", DepthToSpace, 1},
    {"SpaceToDepth", SpaceToDepth, 1},
};

}  // namespace

const std::span<const Converter> kShapeConverters = kRows;

}  // namespace verge::onnx
