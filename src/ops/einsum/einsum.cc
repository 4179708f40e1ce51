#include "ops/einsum/einsum.h"

#include <algorithm>
#include <limits>

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status AddOperand(const char* name, const IntList& labels, const Shape& shape, EinsumLoop& loop) {
  if (labels.size != shape.rank()) {
    return VERGE_ERROR(kInvalidArgument,
                       "attribute " + std::string(name) + " wants one label for each dimension of " + ToString(shape));
  }
  for (int d = 0; d < shape.rank(); ++d) {
    const int64_t label = labels.values[static_cast<size_t>(d)];
    size_t i = 0;
    while (i < static_cast<size_t>(loop.count) && loop.labels[i] != label) ++i;
    if (i == loop.labels.size()) return VERGE_ERROR(kUnsupported, "there are more than 16 labels");
    if (i == static_cast<size_t>(loop.count)) {
      loop.labels[i] = label;
      loop.sizes[i] = 0;
      ++loop.count;
    }
    if (loop.sizes[i] > 1 && shape[d] > 1 && loop.sizes[i] != shape[d]) {
      return VERGE_ERROR(kInvalidArgument, "one label has the sizes " + std::to_string(loop.sizes[i]) + " and " +
                                               std::to_string(shape[d]));
    }
    loop.sizes[i] = std::max(loop.sizes[i], shape[d]);
  }
  return Status::Ok();
}

}  // namespace

Result<EinsumLoop> PlanEinsum(const EinsumAttrs& attrs, std::span<const Shape> shapes) {
  EinsumLoop loop;
  if (attrs.y.size > Shape::kMaxRank) return VERGE_ERROR(kUnsupported, "the output would have more than 8 dimensions");
  for (; loop.outer < attrs.y.size; ++loop.outer)
    loop.labels[static_cast<size_t>(loop.outer)] = attrs.y.values[static_cast<size_t>(loop.outer)];
  loop.count = loop.outer;
  VERGE_TRY(AddOperand("a", attrs.a, shapes[0], loop));
  if (shapes.size() > 1) VERGE_TRY(AddOperand("b", attrs.b, shapes[1], loop));
  for (int i = 0; i < loop.outer; ++i) {
    if (loop.sizes[static_cast<size_t>(i)] == 0)
      return VERGE_ERROR(kInvalidArgument, "attribute y has a label that no input has");
  }
  return loop;
}

Status InferEinsum(const InferArgs& args) {
  const auto& attrs = args.attrs.As<EinsumAttrs>();
  const TensorType& a = args.inputs[0].type;
  if (a.dtype == DType::kBool) return VERGE_ERROR(kUnsupported, InputLabel(0, "a") + " is bool, which has no sums");
  std::array<Shape, 2> shapes = {a.shape};
  size_t count = 1;
  if (HasInput(args, 1)) {
    VERGE_TRY(CheckInput(args, 1, "b", {a.dtype}, kAnyRank));
    shapes[count++] = args.inputs[1].type.shape;
  }
  VERGE_TRY_ASSIGN(const EinsumLoop loop, PlanEinsum(attrs, std::span(shapes).first(count)));
  args.outputs[0].dtype = a.dtype;
  args.outputs[0].shape = *Shape::FromSpan(std::span(loop.sizes).first(static_cast<size_t>(loop.outer)));
  return Status::Ok();
}

uint64_t MacsEinsum(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> /*outputs*/) {
  std::array<Shape, 2> shapes;
  for (size_t i = 0; i < inputs.size() && i < 2; ++i) shapes[i] = inputs[i].shape;
  const Result<EinsumLoop> loop =
      PlanEinsum(attrs.As<EinsumAttrs>(), std::span(shapes).first(std::min<size_t>(inputs.size(), 2)));
  uint64_t macs = 1;
  for (int i = 0; loop.ok() && i < loop->count; ++i) {
    macs = CheckedMul(macs, static_cast<uint64_t>(loop->sizes[static_cast<size_t>(i)]))
               .value_or(std::numeric_limits<uint64_t>::max());
  }
  return macs;
}

}  // namespace verge::ops
