#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/pad_mode/pad_mode.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// What ONNX cannot fill by itself is joined from parts: wrap (an op mode since opset 19) takes the other end, symmetric
// the mirror image with the edge.
TensorId Joined(Emitter& e, TensorId x, const Perm& perm, bool is_mirror) {
  const auto& a = e.Attrs<PadModeAttrs>();
  for (size_t d = 0; d < perm.size(); ++d) {
    const auto k = static_cast<size_t>(perm[d]);
    const int64_t dim = e.Dims(0)[perm[d]];
    const int64_t before = a.before.values[k];
    const int64_t after = a.after.values[k];
    if (before > dim || after > dim) e.NeedOpset(19);
    const auto part = [&](int64_t start, int64_t end, int64_t step) {
      return e.Emit("Slice",
                    {x, e.b.Ints({start}), e.b.Ints({end}), e.b.Ints({static_cast<int64_t>(d)}), e.b.Ints({step})});
    };
    std::vector<TensorId> parts = {x};
    if (before > 0)
      parts.insert(parts.begin(), is_mirror ? part(before - 1, -dim - 1, -1) : part(dim - before, dim, 1));
    if (after > 0)
      parts.push_back(is_mirror ? part(dim - 1, dim - after - 1 < 0 ? -dim - 1 : dim - after - 1, -1)
                                : part(0, after, 1));
    if (parts.size() > 1) x = e.Emit("Concat", parts, {{"axis", static_cast<int64_t>(d)}});
  }
  return x;
}

void EmitPadMode(Emitter& e) {
  const auto& a = e.Attrs<PadModeAttrs>();
  const Perm perm = e.Native();
  const TensorId x = e.Get(0, perm);
  const auto mode = static_cast<PadModeKind>(a.mode);
  if (mode == PadModeKind::kSymmetric) return e.Put(0, Joined(e, x, perm, true), perm);
  if (mode == PadModeKind::kWrap && e.opset < 19) return e.Put(0, Joined(e, x, perm, false), perm);
  std::vector<TensorId> inputs = {x, e.b.Ints(to_onnx::PadWidths(a.before, a.after, perm))};
  if (e.Has(1)) inputs.push_back(e.Dims(1).rank() == 0 ? e.Get(1) : e.b.Reshape(e.Get(1), {}));
  e.Put(0, e.Emit("Pad", inputs, {{"mode", std::string(kPadModeNames[a.mode])}}), perm);
}

}  // namespace

extern const to_onnx::Exporter kPadModeToOnnx = {.emit = EmitPadMode, .moves_data = true};

}  // namespace verge::ops
