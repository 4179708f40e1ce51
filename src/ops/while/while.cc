#include "ops/while/while.h"

#include "ops/control.h"

namespace verge::ops {

Status InferWhile(const InferArgs& args) {
  if (args.subgraphs.size() != 2) return VERGE_ERROR(kInvalidArgument, "wants two subgraphs");
  VERGE_TRY_ASSIGN(const std::vector<TensorType> state, CrossingInputs(args, 0));
  const SubgraphTypes& condition = args.subgraphs[0];
  const SubgraphTypes& body = args.subgraphs[1];
  VERGE_TRY(CheckCrossing("inputs of the condition", state, condition.inputs));
  VERGE_TRY(CheckCrossing("inputs of the body", state, body.inputs));
  VERGE_TRY(CheckCrossing("outputs of the body", body.outputs, state));
  if (condition.outputs.size() != 1) return VERGE_ERROR(kInvalidArgument, "its condition wants one output");
  VERGE_TRY(CheckCondition(condition.outputs[0], "output 0 of the condition"));
  if (args.outputs.size() != state.size()) {
    return VERGE_ERROR(kInvalidArgument, "has " + std::to_string(args.outputs.size()) + " outputs for " +
                                             std::to_string(state.size()) + " inputs");
  }
  for (size_t i = 0; i < state.size(); ++i) {
    args.outputs[i].dtype = state[i].dtype;
    args.outputs[i].shape = state[i].shape;
  }
  return Status::Ok();
}

}  // namespace verge::ops
