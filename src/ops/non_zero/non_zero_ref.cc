#include <algorithm>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/non_zero/non_zero.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const auto count = static_cast<size_t>(args.outputs[0].shape()[1]);
  std::fill_n(args.outputs[0].as<int64_t>(), args.outputs[0].shape().elems(), 0);
  size_t found = 0;
  Dispatch(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(x.shape(), {Strides{}});
    for (size_t i = 0; i < x.shape().elems(); ++i, walk.Next()) {
      if (static_cast<Compute<T>>(x.as<const T>()[i]) == Compute<T>(0) || found == count) continue;
      for (int d = 0; d < x.shape().rank(); ++d) {
        args.outputs[0].as<int64_t>()[static_cast<size_t>(d) * count + found] = walk.at(d);
      }
      ++found;
    }
  });
  if (args.outputs.size() > 1) *args.outputs[1].as<int64_t>() = static_cast<int64_t>(found);
}

}  // namespace

extern const Kernel kNonZeroRef = {"non_zero_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
