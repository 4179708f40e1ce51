// Reductions, softmax and their like, arg-reductions, cumulative sums and top-k.
#include <numeric>

#include "import/onnx/convert/tables.h"
#include "ops/arg_reduce/arg_reduce.h"
#include "ops/cumsum/cumsum.h"
#include "ops/softmax/softmax.h"
#include "ops/topk/topk.h"

namespace verge::onnx {
namespace {

using ops::ReduceKind;

template <ReduceKind kKind>
void Reduce(NodeContext& c) {
  const std::vector<int64_t> axes = c.IntsFrom("axes", 1);
  const ValueId x = c.In(0);
  if (axes.empty() && c.Int("noop_with_empty_axes", 0) != 0) return c.Out(0, x);
  if (c.b.rank(x) == 0) return c.Out(0, x);
  if (c.b.dtype(x) == DType::kBool && (kKind == ReduceKind::kMax || kKind == ReduceKind::kMin)) {
    const ReduceKind logical = kKind == ReduceKind::kMax ? ReduceKind::kAny : ReduceKind::kAll;
    return c.Out(0, c.b.Reduce(logical, x, axes, c.Int("keepdims", 1) != 0));
  }
  c.Out(0, c.b.Reduce(kKind, x, axes, c.Int("keepdims", 1) != 0));
}

// Before opset 13 everything from `axis` on was one row.
template <ops::SoftmaxKind kKind>
void Softmax(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const bool flat = c.opset < 13;
  const int axis = c.Axis(c.Int("axis", flat ? 1 : -1), b.rank(x));
  const ops::SoftmaxAttrs attrs{static_cast<int32_t>(kKind), flat ? 1 : axis};
  if (!flat || !b.ok()) return c.Out(0, b.Op(ops::ids::kSoftmax, attrs, {x}));
  const std::vector<int64_t> dims(b.shape(x).dims().begin(), b.shape(x).dims().end());
  const int64_t rows = std::accumulate(dims.begin(), dims.begin() + axis, int64_t{1}, std::multiplies<>());
  const ValueId y = b.Op(ops::ids::kSoftmax, attrs, {b.Reshape(x, {rows, -1})});
  c.Out(0, b.Reshape(y, dims));
}

template <bool kTakeMin>
void ArgReduce(NodeContext& c) {
  const ops::ArgReduceAttrs attrs{kTakeMin, c.Int("axis", 0), c.Int("keepdims", 1) != 0,
                                  c.Int("select_last_index", 0) != 0};
  c.Out(0, c.b.Op(ops::ids::kArgReduce, attrs, {c.In(0)}));
}

void CumSum(NodeContext& c) {
  const std::vector<int64_t> axis = c.b.Ints(c.In(1), "the axis of CumSum");
  if (axis.size() != 1) return c.Invalid("input 1 (axis) wants one number");
  const ops::CumsumAttrs attrs{axis[0], c.Int("exclusive", 0) != 0, c.Int("reverse", 0) != 0};
  c.Out(0, c.b.Op(ops::ids::kCumsum, attrs, {c.In(0)}));
}

void TopK(NodeContext& c) {
  const std::vector<int64_t> k = c.opset < 10 ? std::vector<int64_t>{c.Int("k", 1)} : c.b.Ints(c.In(1), "k of TopK");
  if (k.size() != 1) return c.Invalid("input 1 (k) wants one number");
  const ops::TopkAttrs attrs{k[0], c.Int("axis", -1), c.Int("largest", 1) != 0};
  const std::vector<ValueId> out = c.b.Ops(ops::ids::kTopk, attrs, {c.In(0)}, 2);
  c.Out(0, out[0]);
  c.Out(1, out[1]);
}

constexpr Converter kRows[] = {
    {"ReduceSum", Reduce<ReduceKind::kSum>, 1},
    {"ReduceMean", Reduce<ReduceKind::kMean>, 1},
    {"ReduceProd", Reduce<ReduceKind::kProd>, 1},
    {"ReduceMax", Reduce<ReduceKind::kMax>, 1},
    {"ReduceMin", Reduce<ReduceKind::kMin>, 1},
    {"ReduceL1", Reduce<ReduceKind::kL1>, 1},
    {"ReduceL2", Reduce<ReduceKind::kL2>, 1},
    {"ReduceSumSquare", Reduce<ReduceKind::kSumSquare>, 1},
    {"ReduceLogSum", Reduce<ReduceKind::kLogSum>, 1},
    {"ReduceLogSumExp", Reduce<ReduceKind::kLogSumExp>, 1},
    {"Softmax", Softmax<ops::SoftmaxKind::kSoftmax>, 1},
    {"LogSoftmax", Softmax<ops::SoftmaxKind::kLogSoftmax>, 1},
    {"Hardmax", Softmax<ops::SoftmaxKind::kHardmax>, 1},
    {"ArgMax", ArgReduce<false>, 1},
    {"ArgMin", ArgReduce<true>, 1},
    {"CumSum", CumSum, 11},
    {"TopK", TopK, 1},
};

}  // namespace

ValueId ApplySoftmax(Builder& b, ValueId x, int64_t axis) {
  return b.Op(ops::ids::kSoftmax, ops::SoftmaxAttrs{static_cast<int32_t>(ops::SoftmaxKind::kSoftmax), axis}, {x});
}

const std::span<const Converter> kReductionConverters = kRows;

}  // namespace verge::onnx
