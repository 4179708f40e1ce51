#include <cstring>

#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/slice/slice.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<SliceAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  Strides strides = RowMajorStrides(x.shape());
  int64_t start = 0;
  for (size_t d = 0; d < static_cast<size_t>(x.shape().rank()); ++d) {
    start += attrs.starts.values[d] * strides[d];
    strides[d] *= attrs.steps.values[d];
  }
  // Elements of the last dimension that lie side by side are copied together.
  const int last = y.shape().rank() - 1;
  Shape outer = y.shape();
  size_t run = DTypeBytes(y.dtype());
  if (last >= 0 && attrs.steps.values[static_cast<size_t>(last)] == 1) {
    run *= static_cast<size_t>(outer[last]);
    outer.set(last, 1);
  }
  const auto* from = x.as<const std::byte>();
  auto* to = y.as<std::byte>();
  NdWalk<1> walk(outer, {strides});
  const size_t count = outer.elems();
  for (size_t i = 0; i < count; ++i, walk.Next(), to += run) {
    std::memcpy(to, from + static_cast<size_t>(start + walk[0]) * DTypeBytes(x.dtype()), run);
  }
}

}  // namespace

extern const Kernel kSliceRef = {"slice_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
