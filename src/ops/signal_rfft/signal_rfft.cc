#include "ops/signal_rfft/signal_rfft.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferSignalRfft(const InferArgs& args) {
  const int64_t length = args.attrs.As<SignalRfftAttrs>().length;
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kI16}, kAnyRank));
  const Shape& x = args.inputs[0].type.shape;
  if ((length & (length - 1)) != 0) {
    return VERGE_ERROR(kUnsupported, "attribute length is " + std::to_string(length) + ", wants a power of 2");
  }
  if (x.rank() == 0 || x[x.rank() - 1] > length) {
    return VERGE_ERROR(kInvalidArgument,
                       InputLabel(0, "x") + " of shape " + ToString(x) + " is longer than " + std::to_string(length));
  }
  args.outputs[0].dtype = DType::kI16;
  args.outputs[0].shape = x;
  args.outputs[0].shape.set(x.rank() - 1, length + 2);
  return Status::Ok();
}

}  // namespace verge::ops
