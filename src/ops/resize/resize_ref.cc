#include <array>

#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/resize/resize_taps.h"
#include "ops/scratch.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

using TapTable = std::array<std::span<ResizeTaps>, Shape::kMaxRank>;

// One entry a position of each dimension of the output.
TapTable TakeTable(Scratch& scratch, const Shape& y) {
  TapTable table;
  for (int d = 0; d < y.rank(); ++d)
    table[static_cast<size_t>(d)] = scratch.Take<ResizeTaps>(static_cast<size_t>(y[d]));
  return table;
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  Scratch scratch(nullptr);
  TakeTable(scratch, args.outputs[0].shape);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

TapTable MakeTable(const RunArgs& args) {
  Scratch scratch(args.scratch);
  const TapTable table = TakeTable(scratch, args.outputs[0].shape());
  for (int d = 0; d < args.inputs[0].shape().rank(); ++d) FillTaps(args, d, table[static_cast<size_t>(d)]);
  return table;
}

// Sum over the taps of the dimensions from d on.
template <typename T>
double Read(const TapTable& table, const NdWalk<1>& walk, const Shape& shape, const Strides& strides, const T* x,
            int d) {
  if (d == shape.rank()) return static_cast<double>(static_cast<Compute<T>>(*x));
  const auto k = static_cast<size_t>(d);
  const ResizeTaps& taps = table[k][static_cast<size_t>(walk.at(d))];
  double sum = 0;
  for (size_t t = 0; t < static_cast<size_t>(taps.count); ++t) {
    if (taps.weight[t] != 0)
      sum += taps.weight[t] * Read(table, walk, shape, strides, x + taps.at[t] * strides[k], d + 1);
  }
  return sum;
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ResizeAttrs>();
  const Tensor& x = args.inputs[0];
  const Tensor& y = args.outputs[0];
  const TapTable table = MakeTable(args);
  const Strides strides = RowMajorStrides(x.shape());
  Dispatch(x.dtype(), [&]<typename T>() {
    NdWalk<1> walk(y.shape(), {Strides{}});
    for (size_t i = 0; i < y.shape().elems(); ++i, walk.Next()) {
      bool outside = false;
      int64_t nearest = 0;
      for (int d = 0; d < y.shape().rank(); ++d) {
        const ResizeTaps& taps = table[static_cast<size_t>(d)][static_cast<size_t>(walk.at(d))];
        outside = outside || taps.is_outside;
        nearest += taps.at[0] * strides[static_cast<size_t>(d)];
      }
      if (outside) {
        y.as<T>()[i] = T(static_cast<Compute<T>>(attrs.extrapolation));
      } else if (static_cast<ResizeMode>(attrs.mode) == ResizeMode::kNearest) {
        y.as<T>()[i] = x.as<const T>()[nearest];
      } else {
        y.as<T>()[i] = T(static_cast<Compute<T>>(Read(table, walk, x.shape(), strides, x.as<const T>(), 0)));
      }
    }
  });
}

}  // namespace

extern const Kernel kResizeRef = {"resize_any__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
