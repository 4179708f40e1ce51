// The same on every CPU: the dimensions behind the last one that has a border are one run with it; runs are copied,
// the rest is filled.
#include <algorithm>

#include "ops/kernel.h"
#include "ops/pad/pad.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& args) {
  return args.outputs[0].dtype == DType::kF32 && args.outputs[0].shape.rank() >= 1;
}

// The tensors seen as rows of the dimension `last`.
struct Rows {
  int last = 0;
  int64_t inner = 1;  // elements of one index of `last`
  int64_t count = 1;  // rows of y
};

Rows FindRows(const PadAttrs& a, const Shape& ys) {
  Rows rows;
  rows.last = ys.rank() - 1;
  const auto has_border = [&](int d) {
    return a.before.values[static_cast<size_t>(d)] != 0 || a.after.values[static_cast<size_t>(d)] != 0;
  };
  while (rows.last > 0 && !has_border(rows.last)) rows.inner *= ys[rows.last--];
  for (int d = 0; d < rows.last; ++d) rows.count *= ys[d];
  return rows;
}

// What row `row` of y holds of x, or null when it is all border.
const float* SourceRun(const PadAttrs& a, const Shape& xs, const Shape& ys, const Rows& rows, const float* x,
                       int64_t row) {
  int64_t from = 0;
  int64_t stride = xs[rows.last] * rows.inner;
  for (int d = rows.last - 1; d >= 0; --d) {
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
  if (ys.elems() == 0) return;
  const Rows rows = FindRows(a, ys);
  const int64_t before = a.before.values[static_cast<size_t>(rows.last)] * rows.inner;
  const int64_t inside = xs[rows.last] * rows.inner;
  const int64_t width = ys[rows.last] * rows.inner;
  auto* y = args.outputs[0].as<float>();
  for (int64_t row = 0; row < rows.count; ++row, y += width) {
    const float* run = SourceRun(a, xs, ys, rows, args.inputs[0].as<const float>(), row);
    if (run == nullptr) {
      std::fill_n(y, width, a.value);
      continue;
    }
    std::fill_n(y, before, a.value);
    std::copy_n(run, inside, y + before);
    std::fill(y + before + inside, y + width, a.value);
  }
}

constexpr Kernel kPadRuns = {"pad_f32__any", Supports, nullptr, nullptr, Run};
constexpr const Kernel* kList[] = {&kPadRuns};

}  // namespace

extern const std::span<const Kernel* const> kPadFast;
constinit const std::span<const Kernel* const> kPadFast{kList};

}  // namespace verge::ops
