#include "export/onnx/emitter.h"
#include "ops/slice/slice.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;

void EmitSlice(Emitter& e) {
  const auto& a = e.Attrs<SliceAttrs>();
  const Perm perm = e.Native();
  std::vector<int64_t> starts;
  std::vector<int64_t> ends;
  std::vector<int64_t> axes;
  std::vector<int64_t> steps;
  for (size_t d = 0; d < perm.size(); ++d) {
    const auto k = static_cast<size_t>(perm[d]);
    const int64_t step = a.steps.values[k];
    const int64_t dim = e.Dims(0)[perm[d]];
    if (a.sizes.values[k] == dim && step == 1) continue;
    const int64_t last = a.starts.values[k] + (a.sizes.values[k] - 1) * step;
    starts.push_back(a.starts.values[k]);
    // One behind the last; in front of the first element that is a number which does not count from the end.
    ends.push_back(step > 0 ? last + 1 : last > 0 ? last - 1 : -dim - 1);
    axes.push_back(static_cast<int64_t>(d));
    steps.push_back(step);
  }
  if (axes.empty()) return e.Put(0, e.Emit("Identity", {e.Get(0, perm)}), perm);
  e.Put(0, e.Emit("Slice", {e.Get(0, perm), e.b.Ints(starts), e.b.Ints(ends), e.b.Ints(axes), e.b.Ints(steps)}), perm);
}

}  // namespace

extern const to_onnx::Exporter kSliceToOnnx = {.emit = EmitSlice, .moves_data = true};

}  // namespace verge::ops
