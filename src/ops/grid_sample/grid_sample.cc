#include "ops/grid_sample/grid_sample.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferGridSample(const InferArgs& args) {
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, kAnyRank));
  const Shape& x = args.inputs[0].type.shape;
  const int rank = x.rank();
  if (rank != 4 && rank != 5) {
    return VERGE_ERROR(kInvalidArgument,
                       InputLabel(0, "x") + " has " + std::to_string(rank) + " dimensions, wants 4 or 5");
  }
  if (rank == 5 && static_cast<GridMode>(args.attrs.As<GridSampleAttrs>().mode) == GridMode::kBicubic)
    return VERGE_ERROR(kUnsupported, "a volume cannot be sampled with mode bicubic; use bilinear or nearest");
  VERGE_TRY(CheckInput(args, 1, "grid", {DType::kF32}, rank));
  const Shape& grid = args.inputs[1].type.shape;
  VERGE_TRY(CheckDim(args, 1, "grid", 0, x[0]));
  VERGE_TRY(CheckDim(args, 1, "grid", rank - 1, rank - 2));
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = x;
  for (int d = 2; d < rank; ++d) args.outputs[0].shape.set(d, grid[d - 1]);
  return Status::Ok();
}

}  // namespace verge::ops
