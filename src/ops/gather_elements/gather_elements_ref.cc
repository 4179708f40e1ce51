#include "ops/elem.h"
#include "ops/gather_elements/gather_elements.h"
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
  const int axis = NormaliseAxis(args.attrs.As<GatherElementsAttrs>().axis, x.shape().rank()).value();
  Strides strides = RowMajorStrides(x.shape());
  const int64_t step = strides[static_cast<size_t>(axis)];
  strides[static_cast<size_t>(axis)] = 0;
  const size_t count = indices.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(indices.shape(), {strides});
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      args.outputs[0].as<T>()[i] = x.as<const T>()[walk[0] + step * IndexAt(indices, i, x.shape()[axis])];
    }
  });
}

}  // namespace

extern const Kernel kGatherElementsRef = {"gather_elements_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
