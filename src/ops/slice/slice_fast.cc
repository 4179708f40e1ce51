#include "ops/mapped_copy.h"
#include "ops/slice/slice.h"

namespace verge::ops {
namespace {

struct SliceMap : PlainMap {
  static void Fill(const RunArgs& args, int d, std::span<int64_t> map) {
    const auto& a = args.attrs.As<SliceAttrs>();
    const auto k = static_cast<size_t>(d);
    int64_t at = a.starts.values[k];
    for (int64_t& from : map) {
      from = at;
      at += a.steps.values[k];
    }
  }
};

}  // namespace

VERGE_MAPPED_COPY(Slice, SliceMap, "slice_any")

}  // namespace verge::ops
