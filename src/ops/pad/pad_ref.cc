#include "ops/kernel.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

template <typename T>
void Fill(const RunArgs& args) {
  const auto& a = args.attrs.As<PadAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const auto* x = args.inputs[0].as<const T>();
  auto* y = args.outputs[0].as<T>();
  const T border = BorderOf<T>(a.value);
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
    y[i] = inside ? x[from] : border;
  }
}

void Run(const RunArgs& args) {
  switch (args.outputs[0].dtype()) {
    case DType::kI8: return Fill<int8_t>(args);
    case DType::kU8: return Fill<uint8_t>(args);
    case DType::kI16: return Fill<int16_t>(args);
    case DType::kI32: return Fill<int32_t>(args);
    case DType::kI64: return Fill<int64_t>(args);
    default: return Fill<float>(args);
  }
}

}  // namespace

extern const Kernel kPadRef = {"pad_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
