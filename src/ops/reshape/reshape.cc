#include "ops/reshape/reshape.h"

#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

Status Refuse(const Shape& x, const IntList& want) {
  std::string text;
  for (int32_t i = 0; i < want.size; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(want.values[static_cast<size_t>(i)]);
  }
  return VERGE_ERROR(kInvalidArgument, InputLabel(0, "x") + " has shape " + ToString(x) +
                                           ", which cannot become attribute shape [" + text + "]");
}

}  // namespace

Status InferReshape(const InferArgs& args) {
  const auto& want = args.attrs.As<ReshapeAttrs>().shape;
  const Shape& x = args.inputs[0].type.shape;
  if (want.size > Shape::kMaxRank) return Refuse(x, want);
  std::array<int64_t, Shape::kMaxRank> dims{};
  const auto elems = static_cast<int64_t>(x.elems());
  int64_t known = 1;
  int free_dim = -1;
  for (int i = 0; i < want.size; ++i) {
    const int64_t d = want.values[static_cast<size_t>(i)];
    dims[static_cast<size_t>(i)] = d;
    if (d == -1 && free_dim < 0) {
      free_dim = i;
      continue;
    }
    const std::optional<int64_t> next = CheckedMul(known, d);
    if (d < 1 || !next) return Refuse(x, want);
    known = *next;
  }
  if (free_dim >= 0 && elems % known == 0) {
    dims[static_cast<size_t>(free_dim)] = elems / known;
    known = elems;
  }
  if (known != elems) return Refuse(x, want);
  const std::optional<Shape> shape = Shape::FromSpan({dims.data(), static_cast<size_t>(want.size)});
  if (!shape) return Refuse(x, want);
  args.outputs[0].dtype = args.inputs[0].type.dtype;
  args.outputs[0].shape = *shape;
  return Status::Ok();
}

}  // namespace verge::ops
