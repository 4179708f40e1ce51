#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/pad_mode/pad_mode.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<PadModeAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const Strides strides = RowMajorStrides(x.shape());
  const size_t count = y.shape().elems();
  DispatchBytes(x.dtype(), [&]<typename T>() {
    const bool has_value = args.inputs.size() > 1 && args.inputs[1].data != nullptr;
    const T value = has_value ? *args.inputs[1].as<const T>() : T(0);
    NdWalk<1> walk(y.shape(), {Strides{}});
    for (size_t i = 0; i < count; ++i, walk.Next()) {
      int64_t from = 0;
      bool inside = true;
      for (int d = 0; d < y.shape().rank(); ++d) {
        const auto k = static_cast<size_t>(d);
        const int64_t at =
            PadSource(static_cast<PadModeKind>(attrs.mode), walk.at(d) - attrs.before.values[k], x.shape()[d]);
        inside = inside && at >= 0;
        from += at * strides[k];
      }
      y.as<T>()[i] = inside ? x.as<const T>()[from] : value;
    }
  });
}

}  // namespace

extern const Kernel kPadModeRef = {"pad_mode_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
