#include <algorithm>
#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/unique/unique.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<UniqueAttrs>();
  const Tensor& x = args.inputs[0];
  const int axis = NormaliseAxis(attrs.axis, x.shape().rank()).value();
  const UniqueSlices unique = FindUnique(x.type, x.data, axis, attrs.sorted);
  const AxisSplit split = SplitAtAxis(x.shape(), axis);
  const size_t run = split.inner * DTypeBytes(x.dtype());
  auto* y = args.outputs[0].as<std::byte>();
  for (size_t o = 0; o < split.outer; ++o) {
    for (const int64_t from : unique.first) {
      std::memcpy(y, x.as<const std::byte>() + (o * split.size + static_cast<size_t>(from)) * run, run);
      y += run;
    }
  }
  std::copy(unique.first.begin(), unique.first.end(), args.outputs[1].as<int64_t>());
  std::copy(unique.inverse.begin(), unique.inverse.end(), args.outputs[2].as<int64_t>());
  std::copy(unique.counts.begin(), unique.counts.end(), args.outputs[3].as<int64_t>());
}

}  // namespace

extern const Kernel kUniqueRef = {"unique_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
