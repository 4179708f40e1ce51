#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/tile/tile.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const Strides strides = RowMajorStrides(x.shape());
  const size_t count = y.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(y.shape(), {Strides{}});
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      int64_t from = 0;
      for (int d = 0; d < y.shape().rank(); ++d) from += walk.at(d) % x.shape()[d] * strides[static_cast<size_t>(d)];
      y.as<T>()[i] = x.as<const T>()[from];
    }
  });
}

}  // namespace

extern const Kernel kTileRef = {"tile_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
