#include "ops/pad_mode/pad_mode.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// No border is wider.
constexpr int64_t kMaxPadding = int64_t{1} << 32;

}  // namespace

int64_t PadSource(PadModeKind mode, int64_t i, int64_t size) {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case PadModeKind::kConstant: return -1;
    case PadModeKind::kReflect: return i < 0 ? -i : 2 * (size - 1) - i;
    case PadModeKind::kEdge: return i < 0 ? 0 : size - 1;
    case PadModeKind::kSymmetric: return i < 0 ? -i - 1 : 2 * size - 1 - i;
    case PadModeKind::kWrap: return i < 0 ? i + size : i - size;
  }
  return -1;
}

Status InferPadMode(const InferArgs& args) {
  const auto& attrs = args.attrs.As<PadModeAttrs>();
  const TensorType& x = args.inputs[0].type;
  const auto mode = static_cast<PadModeKind>(attrs.mode);
  Shape shape = x.shape;
  bool fits = attrs.before.size == shape.rank() && attrs.after.size == shape.rank();
  for (int d = 0; fits && d < shape.rank(); ++d) {
    const int64_t before = attrs.before.values[static_cast<size_t>(d)];
    const int64_t after = attrs.after.values[static_cast<size_t>(d)];
    int64_t most = kMaxPadding;
    if (mode == PadModeKind::kReflect) most = x.shape[d] - 1;
    if (mode == PadModeKind::kWrap || mode == PadModeKind::kSymmetric) most = x.shape[d];
    fits = before >= 0 && after >= 0 && before <= most && after <= most;
    if (fits) shape.set(d, x.shape[d] + before + after);
  }
  if (!fits) {
    return VERGE_ERROR(kInvalidArgument, "attributes before and after do not fit mode " +
                                             std::string(kPadModeNames[attrs.mode]) + " and input 0 (x) of shape " +
                                             ToString(x.shape));
  }
  if (HasInput(args, 1)) {
    VERGE_TRY(CheckInput(args, 1, "value", {x.dtype}, kAnyRank));
    if (args.inputs[1].type.shape.elems() != 1)
      return VERGE_ERROR(kInvalidArgument, InputLabel(1, "value") + " wants one element");
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
