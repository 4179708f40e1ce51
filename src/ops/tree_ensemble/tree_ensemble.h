// Decision trees, each of which sends a row of features to one of its leaves; what the leaves say is put together.
//
//   inner node   x[feature] (mode) threshold ? yes : no;  NaN: yes when `missing` is 1, else what the comparison says
//   leaf         gives weights[i] to targets[i] for first <= i < end
//   y[row, t]    the sum, the mean over trees, the least or the largest of what was given to t; 0 when nothing was
//
// Attributes targets: how many columns y has; aggregate
// Inputs    x f32 [n, features]; the others are constants:
//           nodes i32 [m, 5]: mode, missing, feature, then yes and no, or first and end of a leaf; children stand
//           behind their parent; thresholds f32 [m]; roots i32 [trees]; targets i32 [w]; weights f32 [w]
// Output    y f32 [n, targets]
// Precision f32, summed tree by tree in the order of `roots`
#pragma once

#include "ops/define_op.h"

namespace verge::ops {

inline constexpr int64_t kTreeNodeFields = 5;
inline constexpr int64_t kMaxTreeTargets = 1 << 16;

enum class TreeMode : int32_t { kLeaf, kLessOrEqual, kLess, kGreaterOrEqual, kGreater, kEqual, kNotEqual };
// As ONNX writes them.
inline constexpr const char* kTreeModeNames[] = {"LEAF",      "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE",
                                                 "BRANCH_GT", "BRANCH_EQ",  "BRANCH_NEQ"};

enum class TreeAggregate : int32_t { kSum, kMean, kMin, kMax };
inline constexpr const char* kTreeAggregateNames[] = {"sum", "mean", "min", "max"};
inline constexpr const char* kTreeAggregateOnnxNames[] = {"SUM", "AVERAGE", "MIN", "MAX"};

struct TreeNode {
  int32_t mode;
  int32_t missing;
  int32_t feature;
  int32_t yes;  // or the first of a leaf's weights
  int32_t no;   // or the end of a leaf's weights
};
static_assert(sizeof(TreeNode) == kTreeNodeFields * sizeof(int32_t));

struct TreeEnsembleAttrs {
  int64_t targets = 1;
  int32_t aggregate = 0;
  void Visit(AttrVisitor& v) {
    v.Int("targets", targets, 1, kMaxTreeTargets);
    v.Enum("aggregate", aggregate, kTreeAggregateNames);
  }
};

Status InferTreeEnsemble(const InferArgs& args);

inline constexpr OpDef kTreeEnsembleOp = DefineOp<TreeEnsembleAttrs, InferTreeEnsemble, Arity{6, 6}>({
    .name = "tree_ensemble",
    .summary = "Decision trees over rows of features, their leaves summed",
    .macs = NoMacs,
});

}  // namespace verge::ops
