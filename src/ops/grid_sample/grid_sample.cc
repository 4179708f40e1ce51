#include "ops/grid_sample/grid_sample.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferGridSample(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, 4));
  VERGE_TRY(CheckInput(args, 1, "grid", {DType::kF32}, 4));
  const Shape& x = args.inputs[0].type.shape;
  const Shape& grid = args.inputs[1].type.shape;
  VERGE_TRY(CheckDim(args, 1, "grid", 0, x[0]));
  VERGE_TRY(CheckDim(args, 1, "grid", 3, 2));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = {x[0], x[1], grid[1], grid[2]};
  return Status::Ok();
}

}  // namespace verge::ops
