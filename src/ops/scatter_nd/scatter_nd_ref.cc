#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/scatter_nd/scatter_nd.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto kind = static_cast<ScatterKind>(args.attrs.As<ScatterNdAttrs>().kind);
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Tensor& y = args.outputs[0];
  const auto m = static_cast<size_t>(indices.shape()[indices.shape().rank() - 1]);
  const Strides strides = RowMajorStrides(x.shape());
  const size_t tuples = indices.shape().elems() / m;
  const size_t run = args.inputs[2].shape().elems() / tuples;
  std::memcpy(y.data, x.data, x.shape().elems() * DTypeBytes(x.dtype()));
  Dispatch(x.dtype(), [&]<typename T>() {
    for (size_t t = 0; t < tuples; ++t) {
      int64_t to = 0;
      for (size_t k = 0; k < m; ++k) to += IndexAt(indices, t * m + k, x.shape()[static_cast<int>(k)]) * strides[k];
      T* there = y.as<T>() + to;
      const T* from = args.inputs[2].as<const T>() + t * run;
      for (size_t i = 0; i < run; ++i) there[i] = Scatter(kind, there[i], from[i]);
    }
  });
}

}  // namespace

extern const Kernel kScatterNdRef = {"scatter_nd_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
