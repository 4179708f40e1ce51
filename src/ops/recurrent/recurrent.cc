#include "ops/recurrent/recurrent.h"

#include <iterator>
#include <string>

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// What an input must look like.
struct Want {
  size_t index;
  const char* name;
  DType dtype;
  Shape shape;
};

Status CheckWant(const InferArgs& args, const Want& want) {
  if (!HasInput(args, want.index)) return Status::Ok();
  VERGE_TRY(CheckInput(args, static_cast<int>(want.index), want.name, {want.dtype}, want.shape.rank()));
  const Shape& shape = args.inputs[want.index].type.shape;
  if (shape == want.shape) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(want.index), want.name) + " has shape " +
                                           ToString(shape) + ", wants " + ToString(want.shape));
}

Status CheckActivations(const RecurrentAttrs& attrs, int64_t directions) {
  const int64_t each = attrs.kind + 1;
  bool fits = attrs.activations.size == each * directions;
  for (int32_t i = 0; fits && i < attrs.activations.size; ++i) {
    const int64_t code = attrs.activations.values[static_cast<size_t>(i)];
    fits = code >= 0 && static_cast<size_t>(code) < std::size(kRecurrentFunctionNames);
  }
  if (fits) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument,
                     "attribute activations wants " + std::to_string(each * directions) + " known functions");
}

}  // namespace

Status InferRecurrent(const InferArgs& args) {
  const auto& attrs = args.attrs.As<RecurrentAttrs>();
  const auto kind = static_cast<RecurrentKind>(attrs.kind);
  const int64_t d = static_cast<RecurrentDirection>(attrs.direction) == RecurrentDirection::kBidirectional ? 2 : 1;
  VERGE_TRY(CheckInput(args, 0, "x", {DType::kF32}, 3));
  VERGE_TRY(CheckInput(args, 2, "r", {DType::kF32}, 3));
  VERGE_TRY(CheckActivations(attrs, d));
  const Shape& x = args.inputs[0].type.shape;
  const int64_t h = args.inputs[2].type.shape[2];
  const std::optional<int64_t> gh = CheckedMul<int64_t>(RecurrentGates(kind), h);
  if (!gh) return VERGE_ERROR(kInvalidArgument, InputLabel(2, "r") + " is too large");
  const Want wants[] = {{1, "w", DType::kF32, {d, *gh, x[2]}},  {2, "r", DType::kF32, {d, *gh, h}},
                        {3, "bias", DType::kF32, {d, 2 * *gh}}, {4, "lengths", DType::kI32, {x[1]}},
                        {5, "h0", DType::kF32, {d, x[1], h}},   {6, "c0", DType::kF32, {d, x[1], h}},
                        {7, "p", DType::kF32, {d, 3 * h}}};
  for (const Want& want : wants) VERGE_TRY(CheckWant(args, want));
  if (args.outputs.size() != (kind == RecurrentKind::kLstm ? 3u : 2u)) {
    return VERGE_ERROR(kInvalidArgument,
                       "has " + std::to_string(args.outputs.size()) + " outputs, wants 3 of an lstm and 2 of others");
  }
  for (TensorType& output : args.outputs) {
    output.dtype = DType::kF32;
    output.shape = {d, x[1], h};
  }
  args.outputs[0].shape = {x[0], d, x[1], h};
  return Status::Ok();
}

uint64_t MacsRecurrent(const OpAttrs& /*attrs*/, std::span<const TensorType> inputs,
                       std::span<const TensorType> /*outputs*/) {
  const Shape& x = inputs[0].shape;
  return static_cast<uint64_t>(x[0]) * static_cast<uint64_t>(x[1]) *
         (inputs[1].shape.elems() + inputs[2].shape.elems());
}

}  // namespace verge::ops
