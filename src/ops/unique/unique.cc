#include "ops/unique/unique.h"

#include <algorithm>
#include <numeric>

#include "ops/elem.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

// Orders slices a and b of x: their elements one after the other.
template <typename T>
int CompareSlices(const T* x, const AxisSplit& split, size_t a, size_t b) {
  using C = Compute<T>;
  for (size_t o = 0; o < split.outer; ++o) {
    for (size_t i = 0; i < split.inner; ++i) {
      const C left = static_cast<C>(x[(o * split.size + a) * split.inner + i]);
      const C right = static_cast<C>(x[(o * split.size + b) * split.inner + i]);
      if (left < right) return -1;
      if (right < left) return 1;
    }
  }
  return 0;
}

}  // namespace

UniqueSlices FindUnique(const TensorType& type, const void* data, int axis, bool sorted) {
  UniqueSlices out;
  const AxisSplit split = SplitAtAxis(type.shape, axis);
  std::vector<size_t> order(split.size);
  std::iota(order.begin(), order.end(), size_t{0});
  out.inverse.resize(split.size);
  Dispatch(type.dtype, [&]<typename T>() {
    const T* x = static_cast<const T*>(data);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return CompareSlices(x, split, a, b) < 0; });
    for (size_t k = 0; k < order.size(); ++k) {
      if (k == 0 || CompareSlices(x, split, order[k - 1], order[k]) != 0) {
        out.first.push_back(static_cast<int64_t>(order[k]));
        out.counts.push_back(0);
      }
      ++out.counts.back();
      out.inverse[order[k]] = static_cast<int64_t>(out.first.size()) - 1;
    }
  });
  if (sorted) return out;
  std::vector<size_t> by_first(out.first.size());
  std::iota(by_first.begin(), by_first.end(), size_t{0});
  std::sort(by_first.begin(), by_first.end(), [&](size_t a, size_t b) { return out.first[a] < out.first[b]; });
  std::vector<int64_t> place(by_first.size());
  UniqueSlices moved = out;
  for (size_t k = 0; k < by_first.size(); ++k) {
    moved.first[k] = out.first[by_first[k]];
    moved.counts[k] = out.counts[by_first[k]];
    place[by_first[k]] = static_cast<int64_t>(k);
  }
  for (int64_t& which : moved.inverse) which = place[static_cast<size_t>(which)];
  return moved;
}

Status InferUnique(const InferArgs& args) {
  const auto& attrs = args.attrs.As<UniqueAttrs>();
  const InferInput& x = args.inputs[0];
  if (x.constant == nullptr) return VERGE_ERROR(kUnsupported, InputLabel(0, "x") + " must be a constant");
  VERGE_TRY_ASSIGN(const int axis, NormaliseAxis(attrs.axis, x.type.shape.rank()));
  const auto count = static_cast<int64_t>(FindUnique(x.type, x.constant, axis, attrs.sorted).first.size());
  Shape shape = x.type.shape;
  shape.set(axis, count);
  for (TensorType& output : args.outputs) {
    output.dtype = DType::kI64;
    output.shape = {count};
  }
  args.outputs[0].dtype = x.type.dtype;
  args.outputs[0].shape = shape;
  args.outputs[2].shape = {x.type.shape[axis]};
  return Status::Ok();
}

}  // namespace verge::ops
