#include "ops/if/if.h"

#include <algorithm>

#include "ops/control.h"

namespace verge::ops {

Status InferIf(const InferArgs& args) {
  if (args.subgraphs.size() != 2) return VERGE_ERROR(kInvalidArgument, "wants two subgraphs");
  VERGE_TRY(CheckCondition(args.inputs[0].type, InputLabel(0, "condition")));
  VERGE_TRY_ASSIGN(const std::vector<TensorType> given, CrossingInputs(args, 1));
  VERGE_TRY(CheckCrossing("inputs of the subgraph for true", given, args.subgraphs[0].inputs));
  VERGE_TRY(CheckCrossing("inputs of the subgraph for false", given, args.subgraphs[1].inputs));
  const std::vector<TensorType>& results = args.subgraphs[0].outputs;
  VERGE_TRY(CheckCrossing("outputs of the subgraph for false", args.subgraphs[1].outputs, results));
  if (results.size() != args.outputs.size()) {
    return VERGE_ERROR(kInvalidArgument, "has " + std::to_string(args.outputs.size()) +
                                             " outputs, its subgraphs give " + std::to_string(results.size()));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    args.outputs[i].dtype = results[i].dtype;
    args.outputs[i].shape = results[i].shape;
  }
  return Status::Ok();
}

}  // namespace verge::ops
