#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/scatter_elements/scatter_elements.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ScatterElementsAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  const int axis = NormaliseAxis(attrs.axis, x.shape().rank()).value();
  Strides strides = RowMajorStrides(x.shape());
  const int64_t step = strides[static_cast<size_t>(axis)];
  strides[static_cast<size_t>(axis)] = 0;
  std::memcpy(y.data, x.data, x.shape().elems() * DTypeBytes(x.dtype()));
  const size_t count = indices.shape().elems();
  Dispatch(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(indices.shape(), {strides});
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      T& there = y.as<T>()[walk[0] + step * IndexAt(indices, i, x.shape()[axis])];
      there = Scatter(static_cast<ScatterKind>(attrs.kind), there, args.inputs[2].as<const T>()[i]);
    }
  });
}

}  // namespace

extern const Kernel kScatterElementsRef = {"scatter_elements_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
