#include <cstring>

#include "ops/elem.h"
#include "ops/gather_nd/gather_nd.h"
#include "ops/index_input.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto batch = static_cast<int>(args.attrs.As<GatherNdAttrs>().batch_dims);
  const Tensor& x = args.inputs[0];
  const Tensor& indices = args.inputs[1];
  const Shape& at = indices.shape();
  const auto m = static_cast<size_t>(at[at.rank() - 1]);
  const Strides strides = RowMajorStrides(x.shape());
  const size_t tuples = at.elems() / m;
  size_t batches = 1;
  for (int d = 0; d < batch; ++d) batches *= static_cast<size_t>(at[d]);
  const size_t run = args.outputs[0].shape().elems() / tuples * DTypeBytes(x.dtype());
  const size_t batch_elems = x.shape().elems() / batches;
  for (size_t t = 0; t < tuples; ++t) {
    auto from = static_cast<int64_t>(t / (tuples / batches) * batch_elems);
    for (size_t k = 0; k < m; ++k) {
      const size_t d = k + static_cast<size_t>(batch);
      from += IndexAt(indices, t * m + k, x.shape()[static_cast<int>(d)]) * strides[d];
    }
    std::memcpy(args.outputs[0].as<std::byte>() + t * run,
                x.as<const std::byte>() + static_cast<size_t>(from) * DTypeBytes(x.dtype()), run);
  }
}

}  // namespace

extern const Kernel kGatherNdRef = {"gather_nd_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
