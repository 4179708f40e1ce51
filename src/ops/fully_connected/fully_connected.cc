#include "ops/fully_connected/fully_connected.h"

#include "ops/quant_layer.h"
#include "ops/rule_checks.h"

namespace verge::ops {

Status InferFullyConnected(const InferArgs& args) {
  VERGE_TRY(CheckRank(args, 1, "w", 2));
  const Shape& x = args.inputs[0].type.shape;
  const Shape& w = args.inputs[1].type.shape;
  VERGE_TRY(CheckLayer(args, 0, w[0]));
  const auto elems = static_cast<int64_t>(x.elems());
  const bool keeps = args.attrs.As<FullyConnectedAttrs>().keep_num_dims;
  const bool fits = keeps ? x.rank() >= 1 && x[x.rank() - 1] == w[1] : elems % w[1] == 0;
  if (!fits) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " has shape " + ToString(x) +
                                             ", which is not rows of the " + std::to_string(w[1]) + " inputs of w " +
                                             ToString(w));
  }
  if (keeps) {
    args.outputs[0].shape = x;
    args.outputs[0].shape.set(x.rank() - 1, w[0]);
  } else {
    args.outputs[0].shape = {elems / w[1], w[0]};
  }
  return Status::Ok();
}

uint64_t MacsFullyConnected(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                            std::span<const TensorType> outputs) {
  return static_cast<uint64_t>(outputs[0].shape.elems()) * static_cast<uint64_t>(inputs[1].shape[1]);
}

}  // namespace verge::ops
