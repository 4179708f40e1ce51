#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/transpose/transpose.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const IntList& perm = args.attrs.As<TransposeAttrs>().perm;
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const Strides from = RowMajorStrides(x.shape());
  Strides strides{};
  for (size_t d = 0; d < static_cast<size_t>(perm.size); ++d) strides[d] = from[static_cast<size_t>(perm.values[d])];
  // Trailing dimensions that stay in place are copied together.
  Shape outer = y.shape();
  size_t run = DTypeBytes(x.dtype());
  for (int d = outer.rank() - 1; d >= 0 && perm.values[static_cast<size_t>(d)] == d; --d) {
    run *= static_cast<size_t>(outer[d]);
    outer.set(d, 1);
  }
  const size_t count = outer.elems();
  if (run > DTypeBytes(x.dtype())) {
    NdWalk<1> walk(outer, {strides});
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      std::memcpy(y.as<std::byte>() + i * run,
                  x.as<const std::byte>() + static_cast<size_t>(walk[0]) * DTypeBytes(x.dtype()), run);
    }
    return;
  }
  DispatchBytes(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(y.shape(), {strides});
    for (size_t i = 0; i < count; ++i, walk.Next()) y.as<T>()[i] = x.as<const T>()[walk[0]];
  });
}

}  // namespace

extern const Kernel kTransposeRef = {"transpose_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
