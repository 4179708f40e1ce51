#include "ops/rnn/rnn.h"

#include <string>

#include "ops/hybrid_product.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status CheckShape(const InferArgs& args, size_t input, const char* name, DType dtype, const Shape& want) {
  VERGE_TRY(CheckInput(args, static_cast<int>(input), name, {dtype}, want.rank()));
  const TensorType& type = args.inputs[input].type;
  if (type.shape != want) {
    return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(input), name) + " has shape " +
                                             ToString(type.shape) + ", wants " + ToString(want));
  }
  const bool is_weight = input == kRnnW || input == kRnnR || input == kRnnAuxW;
  if (!is_weight || !IsHybridDType(dtype) || type.quant.scales.size() == 1) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(input), name) + " has " +
                                           std::to_string(type.quant.scales.size()) + " scales, wants one");
}

}  // namespace

Status InferRnn(const InferArgs& args) {
  const auto& attrs = args.attrs.As<RnnAttrs>();
  VERGE_TRY(CheckInput(args, kRnnX, "x", {DType::kF32}, kAnyRank));
  VERGE_TRY(CheckInput(args, kRnnW, "w", {DType::kF32, DType::kI8, DType::kU8}, 2));
  const Shape& x = args.inputs[kRnnX].type.shape;
  const DType weights = args.inputs[kRnnW].type.dtype;
  if (x.rank() != 2 && x.rank() != 3) {
    return VERGE_ERROR(kInvalidArgument,
                       InputLabel(kRnnX, "x") + " has shape " + ToString(x) + ", wants 2 or 3 dimensions");
  }
  const int64_t units = args.inputs[kRnnW].type.shape[0];
  const int64_t batch = x.rank() == 3 && attrs.is_time_major ? x[1] : x[0];
  VERGE_TRY(CheckShape(args, kRnnW, "w", weights, {units, x[x.rank() - 1]}));
  VERGE_TRY(CheckShape(args, kRnnR, "r", weights, {units, units}));
  VERGE_TRY(CheckShape(args, kRnnBias, "bias", DType::kF32, {units}));
  VERGE_TRY(CheckShape(args, kRnnH, "h", DType::kF32, {batch, units}));
  if (HasInput(args, kRnnAux) != HasInput(args, kRnnAuxW)) {
    return VERGE_ERROR(kInvalidArgument, "has one of aux and its weights without the other");
  }
  if (HasInput(args, kRnnAux)) {
    Shape want = x;
    const Shape& aux = args.inputs[kRnnAux].type.shape;
    if (aux.rank() == x.rank()) want.set(x.rank() - 1, aux[aux.rank() - 1]);
    VERGE_TRY(CheckShape(args, kRnnAux, "aux", DType::kF32, want));
    VERGE_TRY(CheckShape(args, kRnnAuxW, "aux_w", weights, {units, want[want.rank() - 1]}));
  }
  args.outputs[0].dtype = DType::kF32;
  args.outputs[0].shape = x;
  args.outputs[0].shape.set(x.rank() - 1, units);
  args.outputs[1].dtype = DType::kF32;
  args.outputs[1].shape = {batch, units};
  return Status::Ok();
}

uint64_t MacsRnn(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs, std::span<const TensorType> outputs) {
  const uint64_t units = static_cast<uint64_t>(inputs[kRnnW].shape[0]);
  const uint64_t rows = outputs[0].shape.elems() / units;
  uint64_t weights = inputs[kRnnW].shape.elems() + inputs[kRnnR].shape.elems();
  if (inputs.size() > kRnnAuxW) weights += inputs[kRnnAuxW].shape.elems();
  return rows * weights;
}

}  // namespace verge::ops
