// The same on every CPU: runs of the last dimension are copied, the rest is filled.
#include <algorithm>

#include "ops/kernel.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& args) { return args.outputs[0].shape.rank() >= 1; }

// The run of x that output row `row` (an index over all but the last dimension) holds, or null when it is all border.
const float* SourceRun(const PadAttrs& a, const Shape& xs, const Shape& ys, const float* x, int64_t row) {
  const int last = ys.rank() - 1;
  int64_t from = 0;
  int64_t stride = xs[last];
  for (int d = last - 1; d >= 0; --d) {
    const int64_t at = row % ys[d] - a.before.values[static_cast<size_t>(d)];
    row /= ys[d];
    if (at < 0 || at >= xs[d]) return nullptr;
    from += at * stride;
    stride *= xs[d];
  }
  return x + from;
}

void Run(const RunArgs& args) {
  const auto& a = args.attrs.As<PadAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const int last = ys.rank() - 1;
  const auto count = static_cast<int64_t>(ys.elems());
  if (count == 0) return;
  const int64_t before = a.before.values[static_cast<size_t>(last)];
  auto* y = args.outputs[0].as<float>();
  for (int64_t row = 0; row < count / ys[last]; ++row, y += ys[last]) {
    const float* run = SourceRun(a, xs, ys, args.inputs[0].as<const float>(), row);
    if (run == nullptr) {
      std::fill_n(y, ys[last], a.value);
      continue;
    }
    std::fill_n(y, before, a.value);
    std::copy_n(run, xs[last], y + before);
    std::fill(y + before + xs[last], y + ys[last], a.value);
  }
}

constexpr Kernel kPadRuns = {"pad_f32__any", Supports, nullptr, nullptr, Run};
constexpr const Kernel* kList[] = {&kPadRuns};

}  // namespace

extern const std::span<const Kernel* const> kPadFast;
constinit const std::span<const Kernel* const> kPadFast{kList};

}  // namespace verge::ops
