#include "ops/gather/gather.h"
#include "ops/index_input.h"
#include "ops/mapped_copy.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

AxisSplit SplitOf(const OpAttrs& attrs, const Shape& x) {
  return SplitAtAxis(x, NormaliseAxis(attrs.As<GatherAttrs>().axis, x.rank()).value());
}

// What lies before, at and behind the axis.
struct GatherMap : PlainMap {
  static MappedShapes ShapesOf(const OpAttrs& attrs, const Shape& x, const Shape& y) {
    const AxisSplit split = SplitOf(attrs, x);
    const size_t rest = split.outer * split.inner;
    const auto outer = static_cast<int64_t>(split.outer), inner = static_cast<int64_t>(split.inner);
    const auto picked = static_cast<int64_t>(rest == 0 ? 0 : y.elems() / rest);
    return {Shape({outer, static_cast<int64_t>(split.size), inner}), Shape({outer, picked, inner})};
  }
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const auto size = static_cast<int64_t>(SplitOf(args.attrs, args.inputs[0].shape()).size);
    for (size_t i = 0; i < map.size(); ++i) {
      map[i] = d == 1 ? IndexAt(args.inputs[1], i, size) : static_cast<int64_t>(i);
    }
  }
};

}  // namespace

VERGE_MAPPED_COPY(Gather, GatherMap, "gather_any")

}  // namespace verge::ops
