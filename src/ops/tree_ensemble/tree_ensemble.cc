#include "ops/tree_ensemble/tree_ensemble.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// Children stand behind their parent, so every walk from a root ends; every index is within its table.
Status CheckNode(const TreeNode& node, int64_t at, int64_t nodes, int64_t features, int64_t weights) {
  const std::string label = "node " + std::to_string(at) + " of the trees";
  if (node.mode < 0 || node.mode >= static_cast<int32_t>(std::size(kTreeModeNames)))
    return VERGE_ERROR(kInvalidArgument, label + " has an unknown mode");
  if (node.mode == static_cast<int32_t>(TreeMode::kLeaf)) {
    if (node.yes >= 0 && node.yes <= node.no && node.no <= weights) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, label + " names weights that are not there");
  }
  if (node.feature < 0 || node.feature >= features)
    return VERGE_ERROR(kInvalidArgument,
                       label + " looks at feature " + std::to_string(node.feature) + " of " + std::to_string(features));
  const bool sane = node.yes > at && node.yes < nodes && node.no > at && node.no < nodes;
  return sane ? Status::Ok() : VERGE_ERROR(kInvalidArgument, label + " has a child that does not stand behind it");
}

Status CheckRange(const InferArgs& args, int input, const char* name, int64_t end) {
  const auto* values = static_cast<const int32_t*>(args.inputs[static_cast<size_t>(input)].constant);
  const size_t count = args.inputs[static_cast<size_t>(input)].type.shape.elems();
  for (size_t i = 0; i < count; ++i) {
    if (values[i] < 0 || values[i] >= end) {
      return VERGE_ERROR(kInvalidArgument, InputLabel(input, name) + " holds " + std::to_string(values[i]) +
                                               ", wants numbers from 0 to " + std::to_string(end - 1));
    }
  }
  return Status::Ok();
}

}  // namespace

Status InferTreeEnsemble(const InferArgs& args) {
  constexpr const char* kNames[] = {"x", "nodes", "thresholds", "roots", "targets", "weights"};
  constexpr bool kIsReal[] = {true, false, true, false, false, true};
  for (int i = 0; i < 6; ++i) {
    VERGE_TRY(CheckInput(args, i, kNames[i], {kIsReal[i] ? DType::kF32 : DType::kI32}, i < 2 ? 2 : 1));
    if (i > 0 && args.inputs[static_cast<size_t>(i)].constant == nullptr)
      return VERGE_ERROR(kUnsupported, InputLabel(i, kNames[i]) + " must be a constant");
  }
  const Shape& x = args.inputs[0].type.shape;
  const int64_t nodes = args.inputs[1].type.shape[0];
  const int64_t weights = args.inputs[5].type.shape[0];
  VERGE_TRY(CheckDim(args, 1, "nodes", 1, kTreeNodeFields));
  VERGE_TRY(CheckDim(args, 2, "thresholds", 0, nodes));
  VERGE_TRY(CheckDim(args, 4, "targets", 0, weights));
  const auto* table = static_cast<const TreeNode*>(args.inputs[1].constant);
  for (int64_t i = 0; i < nodes; ++i) VERGE_TRY(CheckNode(table[i], i, nodes, x[1], weights));
  const int64_t targets = args.attrs.As<TreeEnsembleAttrs>().targets;
  VERGE_TRY(CheckRange(args, 3, "roots", nodes));
  VERGE_TRY(CheckRange(args, 4, "targets", targets));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = {x[0], targets};
  return Status::Ok();
}

}  // namespace verge::ops
