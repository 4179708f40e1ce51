#include "ops/where/where.h"

#include "ops/broadcast.h"
#include "ops/elem.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& y = args.outputs[0];
  const auto strides = [&](size_t i) { return BroadcastStrides(args.inputs[i].shape(), y.shape()); };
  DispatchBytes(y.dtype(), [&]<typename T>() {
    NdWalk<3> walk(y.shape(), {strides(0), strides(1), strides(2)});
    const size_t count = y.shape().elems();
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      const bool first = args.inputs[0].as<const uint8_t>()[walk[0]] != 0;
      y.as<T>()[i] = first ? args.inputs[1].as<const T>()[walk[1]] : args.inputs[2].as<const T>()[walk[2]];
    }
  });
}

}  // namespace

extern const Kernel kWhereRef = {"where_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
