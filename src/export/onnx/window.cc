#include "export/onnx/window.h"

#include "ops/pool.h"

namespace verge::to_onnx {

std::vector<int64_t> ToVector(const ops::SpatialInts& ints) {
  return {ints.values.begin(), ints.values.begin() + ints.size};
}

std::vector<int64_t> SpatialDims(const Shape& shape) {
  const std::span<const int64_t> dims = shape.dims();
  return {dims.begin() + 1, dims.end() - 1};
}

Window WindowOf(const ops::WindowNd& window, std::vector<int64_t> kernel) {
  return {std::move(kernel), ToVector(window.strides), ToVector(window.dilations), ToVector(window.before),
          ToVector(window.after)};
}

std::vector<Attr> WindowAttrs(const Window& window) {
  std::vector<int64_t> pads = window.before;
  pads.insert(pads.end(), window.after.begin(), window.after.end());
  return {
      {"kernel_shape", window.kernel}, {"strides", window.strides}, {"dilations", window.dilations}, {"pads", pads}};
}

std::vector<int64_t> PadWidths(const ops::IntList& before, const ops::IntList& after, const Perm& perm) {
  std::vector<int64_t> widths;
  for (const int d : perm) widths.push_back(before.values[static_cast<size_t>(d)]);
  for (const int d : perm) widths.push_back(after.values[static_cast<size_t>(d)]);
  return widths;
}

TensorId GetBias(Emitter& e) {
  if (!e.Has(2)) return kNoTensor;
  const std::vector<float>& x = e.In(0).quant.scales;
  std::vector<float> products = e.In(1).quant.scales;
  const DType type = e.In(2).dtype;
  const bool is_counted = (type == DType::kI32 || type == DType::kI64) && x.size() == 1 && !products.empty();
  if (!is_counted) return e.Get(2);
  for (float& scale : products) scale *= x[0];
  const bool is_single = products.size() == 1;
  const TensorId scales = is_single ? e.b.Scalar(DType::kF32, static_cast<double>(products[0])) : e.b.Floats(products);
  if (type == DType::kI64) return e.Emit("Mul", {e.Cast(e.GetStored(2), DType::kF32), scales});
  std::vector<Attr> axis;
  if (!is_single) axis.push_back({"axis", int64_t{0}});
  return e.Emit("DequantizeLinear", {e.GetStored(2), scales}, axis);
}

// ONNX convolves floats only: whole numbers go through f64, in which their sums of products are exact up to 2^53.
TensorId EmitConv(Emitter& e, const Window& window, int64_t groups, TensorId weights) {
  const DType type = e.In(0).dtype;
  const bool is_whole = type == DType::kI32 && e.In(0).quant.scales.empty();
  const auto real = [&](TensorId x) { return is_whole && x != kNoTensor ? e.Cast(x, DType::kF64) : x; };
  std::vector<Attr> attrs = WindowAttrs(window);
  attrs.push_back({"group", groups});
  const TensorId x = real(e.Get(0, ChannelsFirst(e.Dims(0).rank())));
  const TensorId w = real(weights);
  const TensorId y = e.Emit("Conv", {x, w, real(GetBias(e))}, attrs);
  return is_whole ? e.Cast(y, type) : y;
}

void EmitPool2d(Emitter& e, const char* op) {
  const auto& a = e.Attrs<ops::PoolAttrs>();
  const Perm first = ChannelsFirst(4);
  const Window window = {
      {a.filter_h, a.filter_w}, {a.stride_h, a.stride_w}, {1, 1}, {a.pad_top, a.pad_left}, {a.pad_bottom, a.pad_right}};
  std::vector<Attr> attrs = WindowAttrs(window);
  std::erase_if(attrs, [](const Attr& attr) { return attr.name == "dilations"; });
  e.Put(0, e.Activate(e.Emit(op, {e.Get(0, first)}, attrs), a.activation), first);
}

}  // namespace verge::to_onnx
