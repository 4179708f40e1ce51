#include "ops/einsum/einsum.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/wrap.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

using LabelStrides = std::array<int64_t, 2 * Shape::kMaxRank>;

// Stride of an operand along each label of the loop; a dimension of size 1 repeats, one label twice is a diagonal.
LabelStrides StridesOf(const EinsumLoop& loop, const IntList& labels, const Shape& shape) {
  const Strides own = RowMajorStrides(shape);
  LabelStrides strides{};
  for (int d = 0; d < shape.rank(); ++d) {
    for (size_t i = 0; i < static_cast<size_t>(loop.count); ++i) {
      if (loop.labels[i] == labels.values[static_cast<size_t>(d)] && shape[d] > 1)
        strides[i] += own[static_cast<size_t>(d)];
    }
  }
  return strides;
}

struct Offsets {
  int64_t a = 0;
  int64_t b = 0;
};

// Calls f for each combination of the labels from `first` to before `last`.
template <typename F>
void Loop(const EinsumLoop& loop, int first, int last, const LabelStrides& a, const LabelStrides& b, Offsets at, F f) {
  if (first == last) return f(at);
  const auto i = static_cast<size_t>(first);
  for (int64_t k = 0; k < loop.sizes[i]; ++k, at.a += a[i], at.b += b[i]) Loop(loop, first + 1, last, a, b, at, f);
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<EinsumAttrs>();
  const bool two = args.inputs.size() > 1 && args.inputs[1].data != nullptr;
  const std::array<Shape, 2> shapes = {args.inputs[0].shape(), two ? args.inputs[1].shape() : Shape()};
  const EinsumLoop loop = PlanEinsum(attrs, std::span(shapes).first(two ? 2 : 1)).value();
  const LabelStrides sa = StridesOf(loop, attrs.a, shapes[0]);
  const LabelStrides sb = two ? StridesOf(loop, attrs.b, shapes[1]) : LabelStrides{};
  Dispatch(args.outputs[0].dtype(), [&]<typename T>() {
    using C = Compute<T>;
    using W = std::conditional_t<std::is_floating_point_v<C>, double, int64_t>;
    T* y = args.outputs[0].as<T>();
    Loop(loop, 0, loop.outer, sa, sb, {}, [&](Offsets at) {
      W sum = 0;
      Loop(loop, loop.outer, loop.count, sa, sb, at, [&](Offsets in) {
        const W a = static_cast<W>(static_cast<C>(args.inputs[0].as<const T>()[in.a]));
        sum = Plus(sum, two ? Multiply(a, static_cast<W>(static_cast<C>(args.inputs[1].as<const T>()[in.b]))) : a);
      });
      *y++ = T(static_cast<C>(sum));
    });
  });
}

}  // namespace

extern const Kernel kEinsumRef = {"einsum_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
