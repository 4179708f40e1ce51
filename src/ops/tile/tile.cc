#include "ops/tile/tile.h"

#include "ops/rule_checks.h"

namespace verge::ops {

Status InferTile(const InferArgs& args) {
  const IntList& repeats = args.attrs.As<TileAttrs>().repeats;
  const TensorType& x = args.inputs[0].type;
  Shape shape = x.shape;
  bool fits = repeats.size == shape.rank();
  for (int d = 0; fits && d < shape.rank(); ++d) {
    const int64_t times = repeats.values[static_cast<size_t>(d)];
    const std::optional<int64_t> size = CheckedMul(x.shape[d], times);
    fits = times >= 1 && size;
    if (fits) shape.set(d, *size);
  }
  if (!fits) {
    return VERGE_ERROR(kInvalidArgument,
                       "attribute repeats wants one number of 1 or more for each dimension of x " + ToString(x.shape));
  }
  args.outputs[0].dtype = x.dtype;
  args.outputs[0].shape = shape;
  return Status::Ok();
}

}  // namespace verge::ops
