#include <algorithm>

#include "export/onnx/emitter.h"
#include "export/onnx/window.h"
#include "ops/elem.h"
#include "ops/pool_nd/pool_nd.h"

namespace verge::ops {
namespace {

using to_onnx::ChannelsFirst;
using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// Where an element stands, counted channels last, from where it stands counted channels first.
TensorId CountChannelsLast(Emitter& e, TensorId index) {
  const Shape& x = e.Dims(0);
  const int64_t channels = x[x.rank() - 1];
  int64_t plane = 1;
  for (int d = 1; d + 1 < x.rank(); ++d) plane *= x[d];
  if (channels == 1 || plane == 1) return index;
  const auto number = [&](int64_t n) { return e.b.Scalar(DType::kI64, static_cast<double>(n)); };
  const TensorId in_plane = e.Emit("Mod", {index, number(plane)});
  const TensorId channel = e.Emit("Mod", {e.Emit("Div", {index, number(plane)}), number(channels)});
  const TensorId image = e.Emit("Div", {index, number(plane * channels)});
  const TensorId place = e.Emit("Add", {e.Emit("Mul", {image, number(plane)}), in_plane});
  return e.Emit("Add", {e.Emit("Mul", {place, number(channels)}), channel});
}

void EmitPoolNd(Emitter& e) {
  const auto& a = e.Attrs<PoolNdAttrs>();
  const auto kind = static_cast<PoolKind>(a.kind);
  const Perm first = ChannelsFirst(e.Dims(0).rank());
  const to_onnx::Window window = to_onnx::WindowOf(a.window, to_onnx::ToVector(a.kernel));
  const bool is_dilated = std::ranges::any_of(window.dilations, [](int64_t d) { return d != 1; });
  std::vector<to_onnx::Attr> attrs = to_onnx::WindowAttrs(window);
  if (!is_dilated) std::erase_if(attrs, [](const to_onnx::Attr& attr) { return attr.name == "dilations"; });
  if (a.ceil) attrs.push_back({"ceil_mode", int64_t{1}});
  if (kind == PoolKind::kAvg) {
    attrs.push_back({"count_include_pad", int64_t{a.count_pads}});
    if (is_dilated) e.NeedOpset(19);
    return e.Put(0, e.Emit("AveragePool", {e.Get(0, first)}, attrs), first);
  }
  if (kind == PoolKind::kLp) {
    attrs.push_back({"p", a.p});
    if (is_dilated || a.ceil) e.NeedOpset(18);
    return e.Put(0, e.Emit("LpPool", {e.Get(0, first)}, attrs), first);
  }
  // MaxPool takes floats and bytes; other whole numbers go through f64.
  const DType type = e.In(0).dtype;
  const bool is_direct = IsFloatDType(type) || DTypeBytes(type) == 1 || !e.In(0).quant.scales.empty();
  if (!is_direct && DTypeBytes(type) == 8) return e.Unsupported("takes the maximum of 64-bit integers");
  const TensorId x = is_direct ? e.Get(0, first) : e.Cast(e.Get(0, first), DType::kF64);
  const std::vector<TensorId> out = e.b.EmitMany("MaxPool", {x}, e.node.outputs.size(), attrs);
  e.Put(0, is_direct ? out[0] : e.Cast(out[0], type), first);
  if (out.size() > 1) e.Put(1, CountChannelsLast(e, out[1]), first);
}

}  // namespace

extern const to_onnx::Exporter kPoolNdToOnnx = {.emit = EmitPoolNd};

}  // namespace verge::ops
