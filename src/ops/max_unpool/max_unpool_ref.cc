#include <cstring>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/max_unpool/max_unpool.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const auto room = static_cast<int64_t>(y.shape().elems());
  std::memset(y.data, 0, y.shape().elems() * DTypeBytes(y.dtype()));
  const size_t count = x.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < count; ++i) {
      const int64_t to = args.inputs[1].as<const int64_t>()[i];
      if (to >= 0 && to < room) y.as<T>()[to] = x.as<const T>()[i];
    }
  });
}

}  // namespace

extern const Kernel kMaxUnpoolRef = {"max_unpool_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
