#include "ops/broadcast.h"
#include "ops/elem.h"
#include "ops/expand/expand.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const size_t count = y.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(y.shape(), {BroadcastStrides(x.shape(), y.shape())});
    for (size_t i = 0; i < count; ++i, walk.Next()) y.as<T>()[i] = x.as<const T>()[walk[0]];
  });
}

}  // namespace

extern const Kernel kExpandRef = {"expand_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
