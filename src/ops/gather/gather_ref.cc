#include <cstring>

#include "ops/elem.h"
#include "ops/gather/gather.h"
#include "ops/index_input.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const int axis = NormaliseAxis(args.attrs.As<GatherAttrs>().axis, x.shape().rank()).value();
  const AxisSplit split = SplitAtAxis(x.shape(), axis);
  const size_t run = split.inner * DTypeBytes(x.dtype());
  const size_t count = indices.shape().elems();
  auto* y = args.outputs[0].as<std::byte>();
  for (size_t o = 0; o < split.outer; ++o) {
    for (size_t i = 0; i < count; ++i, y += run) {
      const auto from = static_cast<size_t>(IndexAt(indices, i, static_cast<int64_t>(split.size)));
      std::memcpy(y, x.as<const std::byte>() + (o * split.size + from) * run, run);
    }
  }
}

}  // namespace

extern const Kernel kGatherRef = {"gather_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
