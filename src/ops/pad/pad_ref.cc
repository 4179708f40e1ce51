#include "ops/kernel.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<PadAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto* x = args.inputs[0].as<const float>();
  auto* y = args.outputs[0].as<float>();
  const size_t count = ys.elems();
  for (size_t i = 0; i < count; ++i) {
    auto rest = static_cast<int64_t>(i);
    int64_t from = 0;
    int64_t stride = 1;
    bool inside = true;
    for (int d = ys.rank() - 1; d >= 0; --d) {
      const int64_t at = rest % ys[d] - a.before.values[static_cast<size_t>(d)];
      rest /= ys[d];
      inside = inside && at >= 0 && at < xs[d];
      from += at * stride;
      stride *= xs[d];
    }
    y[i] = inside ? x[from] : a.value;
  }
}

}  // namespace

extern const Kernel kPadRef = {"pad_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
