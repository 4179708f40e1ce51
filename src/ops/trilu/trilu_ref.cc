#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/trilu/trilu.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<TriluAttrs>();
  const Tensor& x = args.inputs[0];
  const int64_t rows = x.shape()[x.shape().rank() - 2];
  const int64_t columns = x.shape()[x.shape().rank() - 1];
  const size_t count = x.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    for (size_t e = 0; e < count; ++e) {
      const int64_t j = static_cast<int64_t>(e) % columns;
      const int64_t i = static_cast<int64_t>(e) / columns % rows;
      const bool stays = attrs.upper ? j - i >= attrs.k : j - i <= attrs.k;
      args.outputs[0].as<T>()[e] = stays ? x.as<const T>()[e] : T(0);
    }
  });
}

}  // namespace

extern const Kernel kTriluRef = {"trilu_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
