#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/pad_mode/pad_mode.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Before opset 19 ONNX has no wrap: along each dimension the ends are joined to the other side.
TensorId Wrap(Emitter& e, TensorId x, const Perm& perm) {
  const auto& a = e.Attrs<PadModeAttrs>();
  for (size_t d = 0; d < perm.size(); ++d) {
    const auto k = static_cast<size_t>(perm[d]);
    const int64_t dim = e.Dims(0)[perm[d]];
    if (a.before.values[k] > dim || a.after.values[k] > dim) e.NeedOpset(19);
    const auto part = [&](int64_t start, int64_t end) {
      return e.Emit("Slice", {x, e.b.Ints({start}), e.b.Ints({end}), e.b.Ints({static_cast<int64_t>(d)})});
    };
    std::vector<TensorId> parts = {x};
    if (a.before.values[k] > 0) parts.insert(parts.begin(), part(dim - a.before.values[k], dim));
    if (a.after.values[k] > 0) parts.push_back(part(0, a.after.values[k]));
    if (parts.size() > 1) x = e.Emit("Concat", parts, {{"axis", static_cast<int64_t>(d)}});
  }
  return x;
}

void Emit(Emitter& e) {
  const auto& a = e.Attrs<PadModeAttrs>();
  const Perm perm = e.Native();
  const TensorId x = e.Get(0, perm);
  if (static_cast<PadModeKind>(a.mode) == PadModeKind::kWrap && e.opset < 19) return e.Put(0, Wrap(e, x, perm), perm);
  std::vector<TensorId> inputs = {x, e.b.Ints(to_onnx::PadWidths(a.before, a.after, perm))};
  if (e.Has(1)) inputs.push_back(e.Dims(1).rank() == 0 ? e.Get(1) : e.b.Reshape(e.Get(1), {}));
  e.Put(0, e.Emit("Pad", inputs, {{"mode", std::string(kPadModeNames[a.mode])}}), perm);
}

}  // namespace

extern const to_onnx::Exporter kPadModeToOnnx = {.emit = Emit, .moves_data = true};

}  // namespace verge::ops
