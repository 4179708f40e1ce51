// Ops that pick or place elements by index.
#include "import/onnx/convert/tables.h"
#include "ops/gather_elements/gather_elements.h"
#include "ops/gather_nd/gather_nd.h"
#include "ops/non_zero/non_zero.h"
#include "ops/one_hot/one_hot.h"
#include "ops/reverse_sequence/reverse_sequence.h"
#include "ops/scatter_elements/scatter_elements.h"
#include "ops/scatter_nd/scatter_nd.h"
#include "ops/unique/unique.h"

namespace verge::onnx {
namespace {

// Advice for ops whose result is as long as the data says.
constexpr const char* kFixedLength =
    "write this step with a mask (Where, Mul) or TopK, whose results have fixed lengths";

void Gather(NodeContext& c) { c.Out(0, c.b.Gather(c.In(0), c.In(1), c.Int("axis", 0))); }

void GatherElements(NodeContext& c) {
  c.Out(0, c.b.Op(ops::ids::kGatherElements, ops::GatherElementsAttrs{c.Int("axis", 0)}, {c.In(0), c.In(1)}));
}

void GatherNd(NodeContext& c) {
  c.Out(0, c.b.Op(ops::ids::kGatherNd, ops::GatherNdAttrs{c.Int("batch_dims", 0)}, {c.In(0), c.In(1)}));
}

ops::ScatterKind KindOf(NodeContext& c) {
  const std::string name = c.String("reduction", "none");
  for (size_t i = 0; i < std::size(ops::kScatterKindNames); ++i) {
    if (name == ops::kScatterKindNames[i]) return static_cast<ops::ScatterKind>(i);
  }
  c.Unsupported("the reduction '" + name.substr(0, 50) + "' is unknown");
  return ops::ScatterKind::kReplace;
}

void ScatterElements(NodeContext& c) {
  const ops::ScatterElementsAttrs attrs{c.Int("axis", 0), static_cast<int32_t>(KindOf(c))};
  c.Out(0, c.b.Op(ops::ids::kScatterElements, attrs, {c.In(0), c.In(1), c.In(2)}));
}

void ScatterNd(NodeContext& c) {
  const ops::ScatterNdAttrs attrs{static_cast<int32_t>(KindOf(c))};
  c.Out(0, c.b.Op(ops::ids::kScatterNd, attrs, {c.In(0), c.In(1), c.In(2)}));
}

void OneHot(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<double> depth = b.Floats(c.In(1), "the depth of OneHot");
  if (depth.size() != 1 || !(depth[0] >= 1 && depth[0] < 1e12))
    return c.Invalid("input 1 (depth) wants one number of 1 or more");
  const ops::OneHotAttrs attrs{static_cast<int64_t>(depth[0]), c.Int("axis", -1)};
  c.Out(0, b.Op(ops::ids::kOneHot, attrs, {b.Cast(c.In(0), DType::kI64), c.In(2)}));
}

void ReverseSequence(NodeContext& c) {
  const ops::ReverseSequenceAttrs attrs{c.Int("time_axis", 0), c.Int("batch_axis", 1)};
  c.Out(0, c.b.Op(ops::ids::kReverseSequence, attrs, {c.In(0), c.In(1)}));
}

// Where x is not 0: i64 [rank, positions]. How many there are is in the data: where that is computed, the result has
// room for all, and a margin.
ValueId Positions(Builder& b, ValueId x) {
  if (b.IsConstant(x)) return b.Op(ops::ids::kNonZero, ops::NonZeroAttrs{}, {x});
  const std::vector<ValueId> out = b.Ops(ops::ids::kNonZero, ops::NonZeroAttrs{true}, {x}, 2);
  if (b.ok()) b.SetMargin(out[0], {1, 1, out[1]});
  return out[0];
}

void NonZero(NodeContext& c) { c.Out(0, Positions(c.b, c.In(0))); }

void Unique(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  if (!b.RequireConstant(x, "the input of Unique", kFixedLength)) return;
  ops::UniqueAttrs attrs;
  attrs.sorted = c.Int("sorted", 1) != 0;
  if (const Attribute* axis = c.Find("axis")) {
    attrs.axis = c.Axis(axis->i, b.rank(x));
  } else {
    x = b.Reshape(x, {-1});
  }
  const std::vector<ValueId> out = b.Ops(ops::ids::kUnique, attrs, {x}, 4);
  for (size_t i = 0; i < out.size(); ++i) c.Out(i, out[i]);
}

// The slices whose condition holds.
void Compress(NodeContext& c) {
  Builder& b = c.b;
  const Attribute* axis = c.Find("axis");
  const ValueId x = axis == nullptr ? b.Reshape(c.In(0), {-1}) : c.In(0);
  const int64_t along = axis == nullptr ? 0 : axis->i;
  const ValueId condition = c.In(1);
  if (!b.IsConstant(condition)) {
    const int64_t length = b.Dim(x, c.Axis(along, b.rank(x)));
    if (b.ok() && b.Dim(condition, 0) > length) return c.Invalid("the condition is longer than the axis");
    return c.Out(0, b.Gather(x, b.Reshape(Positions(b, condition), {-1}), along));
  }
  std::vector<int64_t> kept;
  const std::vector<int64_t> holds = b.Ints(condition, "the condition of Compress");
  for (size_t i = 0; i < holds.size(); ++i) {
    if (holds[i] != 0) kept.push_back(static_cast<int64_t>(i));
  }
  if (!b.ok()) return;
  if (kept.empty()) return c.Unsupported("nothing is kept; Verge has no empty tensors");
  c.Out(0, b.Gather(x, b.IntsConstant(kept), along));
}

constexpr Converter kRows[] = {
    {"Gather", Gather, 1},
    {"GatherElements", GatherElements, 11},
    {"GatherND", GatherNd, 11},
    {"Scatter", ScatterElements, 9, 10},
    {"ScatterElements", ScatterElements, 11},
    {"ScatterND", ScatterNd, 11},
    {"OneHot", OneHot, 9},
    {"ReverseSequence", ReverseSequence, 10},
    {"NonZero", NonZero, 9},
    {"Unique", Unique, 11},
    {"Compress", Compress, 9},
};

}  // namespace

const std::span<const Converter> kIndexingConverters = kRows;

}  // namespace verge::onnx
