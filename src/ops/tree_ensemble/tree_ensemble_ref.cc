#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/kernel.h"
#include "ops/tree_ensemble/tree_ensemble.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

bool Holds(TreeMode mode, float value, float threshold) {
  switch (mode) {
    case TreeMode::kLessOrEqual: return value <= threshold;
    case TreeMode::kLess: return value < threshold;
    case TreeMode::kGreaterOrEqual: return value >= threshold;
    case TreeMode::kGreater: return value > threshold;
    case TreeMode::kEqual: return value == threshold;
    case TreeMode::kNotEqual: return value != threshold;
    case TreeMode::kLeaf: break;
  }
  return false;
}

// The leaf that a row of features comes to.
const TreeNode& FindLeaf(const TreeNode* nodes, const float* thresholds, int32_t root, const float* row) {
  const TreeNode* node = nodes + root;
  while (node->mode != static_cast<int32_t>(TreeMode::kLeaf)) {
    const float value = row[node->feature];
    const bool yes = Holds(static_cast<TreeMode>(node->mode), value, thresholds[node - nodes]) ||
                     (node->missing != 0 && std::isnan(value));
    node = nodes + (yes ? node->yes : node->no);
  }
  return *node;
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<TreeEnsembleAttrs>();
  const auto aggregate = static_cast<TreeAggregate>(attrs.aggregate);
  const Shape& shape = args.inputs[0].shape();
  const auto* nodes = args.inputs[1].as<const TreeNode>();
  const auto* roots = args.inputs[3].as<const int32_t>();
  const auto* targets = args.inputs[4].as<const int32_t>();
  const auto* weights = args.inputs[5].as<const float>();
  const int64_t trees = args.inputs[3].shape()[0];
  constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();
  for (int64_t n = 0; n < shape[0]; ++n) {
    const float* row = args.inputs[0].as<const float>() + n * shape[1];
    float* y = args.outputs[0].as<float>() + n * attrs.targets;
    std::fill(y, y + attrs.targets, kNothing);
    for (int64_t t = 0; t < trees; ++t) {
      const TreeNode& leaf = FindLeaf(nodes, args.inputs[2].as<const float>(), roots[t], row);
      for (int32_t i = leaf.yes; i < leaf.no; ++i) {
        float& to = y[targets[i]];
        if (std::isnan(to)) {
          to = weights[i];
        } else if (aggregate == TreeAggregate::kMin) {
          to = std::min(to, weights[i]);
        } else if (aggregate == TreeAggregate::kMax) {
          to = std::max(to, weights[i]);
        } else {
          to += weights[i];
        }
      }
    }
    for (int64_t k = 0; k < attrs.targets; ++k) {
      if (std::isnan(y[k])) y[k] = 0;
      if (aggregate == TreeAggregate::kMean) y[k] /= static_cast<float>(trees);
    }
  }
}

}  // namespace

extern const Kernel kTreeEnsembleRef = {"tree_ensemble_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
