#include "ops/elem.h"
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
  const size_t count = y.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(y.shape(), {strides});
    for (size_t i = 0; i < count; ++i, walk.Next()) y.as<T>()[i] = x.as<const T>()[start + walk[0]];
  });
}

}  // namespace

extern const Kernel kSliceRef = {"slice_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
