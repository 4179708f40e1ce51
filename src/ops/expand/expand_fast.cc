#include <algorithm>

#include "ops/expand/expand.h"
#include "ops/mapped_copy.h"

namespace verge::ops {
namespace {

// x with as many dimensions as y.
Shape Aligned(const Shape& x, const Shape& y) {
  Shape out = y;
  const int missing = y.rank() - x.rank();
  for (int d = 0; d < y.rank(); ++d) out.set(d, d < missing ? 1 : x[d - missing]);
  return out;
}

struct ExpandMap : PlainMap {
  static bool Supports(const PrepareArgs& args) {
    return args.inputs[0].type.shape.rank() <= args.outputs[0].shape.rank();
  }
  static MappedShapes ShapesOf(const OpAttrs& /*attrs*/, const Shape& x, const Shape& y) { return {Aligned(x, y), y}; }
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const bool is_one = Aligned(args.inputs[0].shape(), args.outputs[0].shape())[d] == 1;
    for (size_t i = 0; i < map.size(); ++i) map[i] = is_one ? 0 : static_cast<int64_t>(i);
  }
};

}  // namespace

VERGE_MAPPED_COPY(Expand, ExpandMap, "expand_any")

}  // namespace verge::ops
