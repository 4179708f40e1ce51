// Convolutions and pools: to channels-last and back around them.
#include <algorithm>

#include "import/onnx/convert/tables.h"
#include "ops/avg_pool2d/avg_pool2d.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv_nd/conv_nd.h"
#include "ops/conv_transpose/conv_transpose.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/max_pool2d/max_pool2d.h"
#include "ops/max_unpool/max_unpool.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/pool_nd/pool_nd.h"

namespace verge::onnx {
namespace {

// The attributes that all windows share, one number a spatial dimension.
struct Window {
  std::vector<int64_t> kernel;
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> before;
  std::vector<int64_t> after;
};

// SAME: what makes the output ceil(in / stride) long; the odd element goes to the end (upper) or the start (lower).
void ApplyAutoPad(NodeContext& c, ValueId x, const std::string& mode, Window& w) {
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const int64_t in = c.b.Dim(x, static_cast<int>(i) + 2);
    const int64_t out = (in + w.strides[i] - 1) / w.strides[i];
    const int64_t total = std::max<int64_t>((out - 1) * w.strides[i] + (w.kernel[i] - 1) * w.dilations[i] + 1 - in, 0);
    w.before[i] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    w.after[i] = total - w.before[i];
  }
}

bool IsSane(const std::vector<int64_t>& list, int64_t min) {
  return std::all_of(list.begin(), list.end(), [&](int64_t v) { return v >= min && v <= ops::kMaxWindow; });
}

// `dims` spatial dimensions; the kernel from the attribute, or as given.
Window ReadWindow(NodeContext& c, ValueId x, std::vector<int64_t> kernel) {
  const size_t dims = kernel.size();
  Window w;
  w.kernel = std::move(kernel);
  w.strides = c.Ints("strides", std::vector<int64_t>(dims, 1));
  w.dilations = c.Ints("dilations", std::vector<int64_t>(dims, 1));
  std::vector<int64_t> pads = c.Ints("pads", std::vector<int64_t>(2 * dims, 0));
  if (w.strides.size() != dims || w.dilations.size() != dims || pads.size() != 2 * dims || !IsSane(w.kernel, 1) ||
      !IsSane(w.strides, 1) || !IsSane(w.dilations, 1) || !IsSane(pads, 0)) {
    c.Invalid("kernel, strides, dilations or pads do not fit the input, or are out of range");
    pads.assign(2 * dims, 0);
    w.strides.assign(dims, 1);
    w.dilations.assign(dims, 1);
  }
  w.before.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(dims));
  w.after.assign(pads.begin() + static_cast<std::ptrdiff_t>(dims), pads.end());
  const std::string mode = c.String("auto_pad", "NOTSET");
  if (mode == "VALID") {
    w.before.assign(dims, 0);
    w.after.assign(dims, 0);
  } else if (mode != "NOTSET" && !mode.empty()) {
    ApplyAutoPad(c, x, mode, w);
  }
  return w;
}

ops::SpatialInts ToSpatial(NodeContext& c, const std::vector<int64_t>& values) {
  ops::SpatialInts out;
  if (values.size() > out.values.size()) {
    c.Unsupported("windows of more than 3 dimensions are not supported");
    return out;
  }
  out.size = static_cast<int32_t>(values.size());
  for (size_t i = 0; i < values.size(); ++i) out.values[i] = static_cast<int32_t>(values[i]);
  return out;
}

ops::WindowNd ToWindowNd(NodeContext& c, const Window& w) {
  return {ToSpatial(c, w.strides), ToSpatial(c, w.dilations), ToSpatial(c, w.before), ToSpatial(c, w.after)};
}

std::vector<int64_t> SpatialDims(NodeContext& c, ValueId w) {
  std::vector<int64_t> dims;
  for (int d = 2; d < c.b.rank(w); ++d) dims.push_back(c.b.Dim(w, d));
  return dims;
}

template <typename Attrs>
Attrs Conv2dAttrsOf(const Window& w) {
  Attrs a;
  a.stride_h = w.strides[0];
  a.stride_w = w.strides[1];
  a.dilation_h = w.dilations[0];
  a.dilation_w = w.dilations[1];
  a.pad_top = w.before[0];
  a.pad_bottom = w.after[0];
  a.pad_left = w.before[1];
  a.pad_right = w.after[1];
  return a;
}

// Two spatial dimensions in f32: the op with fast kernels. x and w are in ONNX's layout.
ValueId Conv2d(NodeContext& c, ValueId x, ValueId w, ValueId bias, const Window& window, int64_t groups) {
  Builder& b = c.b;
  const int64_t channels = b.Dim(x, 1);
  std::vector<ValueId> inputs = {b.ToChannelsLast(x)};
  const bool depthwise = groups == channels && groups > 1 && b.Dim(w, 1) == 1;
  // OIHW -> OHWI, or 1HWO where each channel is by itself.
  inputs.push_back(depthwise ? b.Transpose(w, {1, 2, 3, 0}) : b.Transpose(w, {0, 2, 3, 1}));
  if (bias != kNoValue) inputs.push_back(bias);
  if (depthwise) {
    return b.ToChannelsFirst(
        b.Op(ops::ids::kDepthwiseConv2d, Conv2dAttrsOf<ops::DepthwiseConv2dAttrs>(window), inputs));
  }
  auto attrs = Conv2dAttrsOf<ops::Conv2dAttrs>(window);
  attrs.groups = groups;
  return b.ToChannelsFirst(b.Op(ops::ids::kConv2d, attrs, inputs));
}

void Conv(NodeContext& c) { c.Out(0, Convolve(c, c.In(0), c.In(1), c.Has(2) ? c.In(2) : kNoValue)); }

// A negative total padding makes the output longer at its end.
// The total padding follows from the wanted output; which end gets the odd element is auto_pad's choice.
void FitOutput(NodeContext& c, ValueId x, const std::vector<int64_t>& wanted, std::vector<int64_t>& out_pad,
               Window& w) {
  const bool upper = c.String("auto_pad", "NOTSET") == "SAME_UPPER";
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const int64_t in = c.b.Dim(x, static_cast<int>(i) + 2);
    const int64_t total = w.strides[i] * (in - 1) + out_pad[i] + (w.kernel[i] - 1) * w.dilations[i] + 1 - wanted[i];
    if (total < 0) out_pad[i] -= total;
    const int64_t small = std::max<int64_t>(total, 0) / 2;
    w.before[i] = upper ? small : std::max<int64_t>(total, 0) - small;
    w.after[i] = std::max<int64_t>(total, 0) - w.before[i];
  }
}

// ONNX: w [c, oc / groups, kernel...] -> [oc, kernel..., c / groups].
ValueId TransposedWeights(NodeContext& c, ValueId w, int64_t groups) {
  Builder& b = c.b;
  const int64_t channels = b.Dim(w, 0);
  std::vector<int64_t> dims = {groups, channels / groups, b.Dim(w, 1)};
  std::vector<int> perm = {0, 2};
  std::vector<int64_t> joined = {groups * b.Dim(w, 1)};
  for (int d = 2; d < b.rank(w); ++d) {
    dims.push_back(b.Dim(w, d));
    perm.push_back(d + 1);
    joined.push_back(b.Dim(w, d));
  }
  perm.push_back(1);
  joined.push_back(channels / groups);
  return b.Reshape(b.Transpose(b.Reshape(w, dims), perm), joined);
}

void ConvTranspose(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const ValueId w = c.In(1);
  const std::vector<int64_t> kernel = SpatialDims(c, w);
  Window window = ReadWindow(c, x, kernel);
  std::vector<int64_t> out_pad = c.Ints("output_padding", std::vector<int64_t>(kernel.size(), 0));
  std::vector<int64_t> wanted = c.Ints("output_shape");
  if (wanted.size() == kernel.size() + 2) wanted.erase(wanted.begin(), wanted.begin() + 2);
  const std::string mode = c.String("auto_pad", "NOTSET");
  if (wanted.empty() && mode.starts_with("SAME")) {
    for (size_t i = 0; i < kernel.size(); ++i) wanted.push_back(b.Dim(x, static_cast<int>(i) + 2) * window.strides[i]);
  }
  if (!IsSane(out_pad, 0) || !IsSane(wanted, 1)) return c.Invalid("output_padding or output_shape is out of range");
  if (out_pad.size() != kernel.size() || (!wanted.empty() && wanted.size() != kernel.size())) {
    return c.Invalid("output_padding or output_shape wants one number a spatial dimension");
  }
  if (!wanted.empty()) FitOutput(c, x, wanted, out_pad, window);
  const int64_t groups = c.Int("group", 1);
  if (groups < 1 || groups > b.Dim(w, 0)) return c.Invalid("attribute group does not fit the weights");
  std::vector<ValueId> inputs = {b.ToChannelsLast(x), TransposedWeights(c, w, groups)};
  if (c.Has(2)) inputs.push_back(c.In(2));
  ops::ConvTransposeAttrs attrs;
  attrs.window = ToWindowNd(c, window);
  attrs.out_pad = ToSpatial(c, out_pad);
  attrs.groups = groups;
  c.Out(0, b.ToChannelsFirst(b.Op(ops::ids::kConvTranspose, attrs, inputs)));
}

// Pools that max_pool2d and avg_pool2d can do: two dimensions, f32, every window with a real element.
bool IsPlainPool(NodeContext& c, ValueId x, const Window& w, bool ceil, bool count_pads) {
  bool plain = w.kernel.size() == 2 && c.b.dtype(x) == DType::kF32 && !ceil;
  for (size_t i = 0; plain && i < 2; ++i) {
    const bool pads = w.before[i] > 0 || w.after[i] > 0;
    plain = w.dilations[i] == 1 && w.before[i] < w.kernel[i] && w.after[i] < w.kernel[i] && !(pads && count_pads);
  }
  return plain;
}

ops::PoolAttrs Pool2dAttrs(const Window& w) {
  ops::PoolAttrs a;
  a.filter_h = w.kernel[0];
  a.filter_w = w.kernel[1];
  a.stride_h = w.strides[0];
  a.stride_w = w.strides[1];
  a.pad_top = w.before[0];
  a.pad_bottom = w.after[0];
  a.pad_left = w.before[1];
  a.pad_right = w.after[1];
  return a;
}

// Indices count the elements of one [n c] image in row-major order (or with storage_order 1 column by column): as a
// batch of n c one-channel images the pool's own count is the same.
void MaxPoolWithIndices(NodeContext& c, ValueId x, const ops::PoolNdAttrs& attrs) {
  Builder& b = c.b;
  std::vector<int64_t> images = {b.Dim(x, 0) * b.Dim(x, 1)};
  std::vector<int64_t> dims = {b.Dim(x, 0), b.Dim(x, 1)};
  int64_t plane = 1;
  for (const int64_t d : SpatialDims(c, x)) {
    images.push_back(d);
    plane *= d;
  }
  images.push_back(1);
  const std::vector<ValueId> out = b.Ops(ops::ids::kPoolNd, attrs, {b.Reshape(x, images)}, 2);
  for (int d = 1; d + 1 < b.rank(out[0]); ++d) dims.push_back(b.Dim(out[0], d));
  ValueId indices = out[1];
  if (c.Int("storage_order", 0) != 0 && dims.size() == 4) {
    const ValueId in_plane =
        b.Binary(ops::BinaryKind::kMod, indices, b.Scalar(DType::kI64, static_cast<double>(plane)));
    const ValueId width = b.Scalar(DType::kI64, static_cast<double>(b.Dim(x, 3)));
    const ValueId height = b.Scalar(DType::kI64, static_cast<double>(b.Dim(x, 2)));
    const ValueId row = b.Div(in_plane, width);
    const ValueId column = b.Binary(ops::BinaryKind::kMod, in_plane, width);
    indices = b.Add(b.Add(b.Sub(indices, in_plane), b.Mul(column, height)), row);
  }
  c.Out(0, b.Reshape(out[0], dims));
  c.Out(1, b.Reshape(indices, dims));
}

// What every pool reads of its node; false after an error.
bool ReadPool(NodeContext& c, ValueId x, ops::PoolKind kind, Window& w, ops::PoolNdAttrs& attrs) {
  const std::vector<int64_t> kernel = c.Ints("kernel_shape");
  if (c.b.rank(x) < 3) c.Invalid("input 0 (x) wants 3 dimensions or more");
  if (static_cast<int>(kernel.size()) != c.b.rank(x) - 2)
    c.Invalid("kernel_shape wants one number a spatial dimension");
  if (!c.b.ok()) return false;
  w = ReadWindow(c, x, kernel);
  attrs.window = ToWindowNd(c, w);
  attrs.kernel = ToSpatial(c, kernel);
  attrs.kind = static_cast<int32_t>(kind);
  attrs.ceil = c.Int("ceil_mode", 0) != 0;
  attrs.count_pads = c.Int("count_include_pad", 0) != 0;
  attrs.p = c.Int("p", 2);
  return c.b.ok();
}

template <ops::PoolKind kKind>
void PoolOf(NodeContext& c) {
  if (!c.Wants(1)) return c.Out(0, PoolInput(c, c.In(0), kKind));
  Window w;
  ops::PoolNdAttrs attrs;
  if (ReadPool(c, c.In(0), kKind, w, attrs)) MaxPoolWithIndices(c, c.In(0), attrs);
}

std::vector<int64_t> SpatialAxes(NodeContext& c, ValueId x) {
  std::vector<int64_t> axes;
  for (int d = 2; d < c.b.rank(x); ++d) axes.push_back(d);
  return axes;
}

template <ops::ReduceKind kKind>
void GlobalPool(NodeContext& c) {
  const ValueId x = c.In(0);
  c.Out(0, c.b.Reduce(kKind, x, SpatialAxes(c, x), true));
}

void GlobalLpPool(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto p = static_cast<double>(c.Int("p", 2));
  const ValueId powers = b.Binary(ops::BinaryKind::kPow, b.Unary(ops::UnaryKind::kAbs, x), b.Scalar(b.dtype(x), p));
  const ValueId sum = b.Reduce(ops::ReduceKind::kSum, powers, SpatialAxes(c, x), true);
  c.Out(0, b.Binary(ops::BinaryKind::kPow, sum, b.Scalar(b.dtype(x), 1 / p)));
}

// The indices count in the pool's own input, whose size follows from the window; a larger output_shape adds zeros
// behind.
void MaxUnpool(NodeContext& c) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const Window w = ReadWindow(c, x, c.Ints("kernel_shape"));
  std::vector<int64_t> natural = {b.Dim(x, 0), b.Dim(x, 1)};
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    natural.push_back((b.Dim(x, static_cast<int>(i) + 2) - 1) * w.strides[i] - w.before[i] - w.after[i] + w.kernel[i]);
  }
  const ValueId y = b.Op(ops::ids::kMaxUnpool, ops::MaxUnpoolAttrs{ToIntList(b, natural)}, {x, c.In(1)});
  if (!c.Has(2)) return c.Out(0, y);
  const std::vector<int64_t> wanted = b.Ints(c.In(2), "the output_shape of MaxUnpool");
  std::vector<int64_t> after(natural.size());
  if (wanted.size() != natural.size()) return c.Invalid("output_shape wants one number a dimension");
  if (!IsSane(wanted, 1)) return c.Invalid("output_shape is out of range");
  for (size_t d = 0; d < wanted.size(); ++d) after[d] = wanted[d] - natural[d];
  ops::PadModeAttrs border;
  border.before = ToIntList(b, std::vector<int64_t>(natural.size(), 0));
  border.after = ToIntList(b, after);
  c.Out(0, b.Op(ops::ids::kPadMode, border, {y}));
}

// The most elements of a block; its weights are the square of that.
constexpr int64_t kMaxBlock = 4096;

// Blocks of an image, [n, c block, blocks] side by side, added up where they overlap: a transposed convolution whose
// weights put each element of a block at its place.
void Col2Im(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> image = b.Ints(c.In(1), "the image_shape of Col2Im");
  const std::vector<int64_t> block = b.Ints(c.In(2), "the block_shape of Col2Im");
  if (!b.ok()) return;
  if (block.empty() || block.size() > 3 || image.size() != block.size() || !IsSane(image, 1) || !IsSane(block, 1)) {
    return c.Invalid("image_shape and block_shape want 1 to 3 positive numbers each");
  }
  const Window w = ReadWindow(c, c.In(0), block);
  if (!b.ok()) return;
  int64_t size = 1;
  std::vector<int64_t> grid = {-1, 1};
  std::vector<int64_t> weights = {1};
  std::vector<int64_t> extra;
  int64_t count = 1;
  for (size_t i = 0; i < block.size(); ++i) {
    const int64_t extent = (block[i] - 1) * w.dilations[i] + 1;
    const int64_t room = image[i] + w.before[i] + w.after[i] - extent;
    if (room < 0 || size > kMaxBlock / block[i]) return c.Invalid("block_shape does not fit image_shape");
    size *= block[i];
    count *= room / w.strides[i] + 1;
    grid.push_back(room / w.strides[i] + 1);
    weights.push_back(block[i]);
    extra.push_back(room % w.strides[i]);
  }
  const ValueId x = c.In(0);
  if (b.rank(x) != 3 || b.Dim(x, 1) % size != 0 || b.Dim(x, 2) != count)
    return c.Invalid("input 0 does not fit image_shape and block_shape");
  const int64_t channels = b.Dim(x, 1) / size;
  grid[1] = size;
  weights.push_back(size);
  std::vector<float> identity(static_cast<size_t>(size * size));
  for (int64_t i = 0; i < size; ++i) identity[static_cast<size_t>(i * size + i)] = 1;
  ops::ConvTransposeAttrs attrs;
  attrs.window = ToWindowNd(c, w);
  attrs.out_pad = ToSpatial(c, extra);
  const ValueId place = b.Reshape(b.FloatsConstant({size, size}, identity), weights);
  const ValueId y = b.Op(ops::ids::kConvTranspose, attrs, {b.ToChannelsLast(b.Reshape(x, grid)), place});
  std::vector<int64_t> dims = {b.Dim(x, 0), channels};
  dims.insert(dims.end(), image.begin(), image.end());
  c.Out(0, b.Reshape(y, dims));
}

constexpr Converter kRows[] = {
    {"Col2Im", Col2Im, 18},
    {"Conv", Conv, 1},
    {"ConvTranspose", ConvTranspose, 1},
    {"MaxPool", PoolOf<ops::PoolKind::kMax>, 1},
    {"AveragePool", PoolOf<ops::PoolKind::kAvg>, 1},
    {"LpPool", PoolOf<ops::PoolKind::kLp>, 1},
    {"GlobalAveragePool", GlobalPool<ops::ReduceKind::kMean>, 1},
    {"GlobalMaxPool", GlobalPool<ops::ReduceKind::kMax>, 1},
    {"GlobalLpPool", GlobalLpPool, 1},
    {"MaxUnpool", MaxUnpool, 9},
};

}  // namespace

ValueId Convolve(NodeContext& c, ValueId x, ValueId w, ValueId bias) {
  Builder& b = c.b;
  if (b.rank(x) < 3 || b.rank(w) != b.rank(x)) {
    c.Invalid("x and w want one rank of 3 or more");
    return kNoValue;
  }
  const Window window = ReadWindow(c, x, SpatialDims(c, w));
  const int64_t groups = c.Int("group", 1);
  if (!b.ok()) return kNoValue;
  if (window.kernel.size() == 2 && b.dtype(x) == DType::kF32) return Conv2d(c, x, w, bias, window, groups);
  if (window.kernel.size() == 1 && b.dtype(x) == DType::kF32) {
    // One dimension is an image of height 1.
    const Window flat{{1, window.kernel[0]},
                      {1, window.strides[0]},
                      {1, window.dilations[0]},
                      {0, window.before[0]},
                      {0, window.after[0]}};
    const auto tall = [&](ValueId v) { return b.Reshape(v, {b.Dim(v, 0), b.Dim(v, 1), 1, b.Dim(v, 2)}); };
    const ValueId y = Conv2d(c, tall(x), tall(w), bias, flat, groups);
    return b.Reshape(y, {b.Dim(y, 0), b.Dim(y, 1), b.Dim(y, 3)});
  }
  std::vector<ValueId> inputs = {b.ToChannelsLast(x), b.ToChannelsLast(w)};
  if (bias != kNoValue) inputs.push_back(bias);
  ops::ConvNdAttrs attrs;
  attrs.window = ToWindowNd(c, window);
  attrs.groups = groups;
  return b.ToChannelsFirst(b.Op(ops::ids::kConvNd, attrs, inputs));
}

ValueId PoolInput(NodeContext& c, ValueId x, ops::PoolKind kind) {
  Builder& b = c.b;
  Window w;
  ops::PoolNdAttrs attrs;
  if (!ReadPool(c, x, kind, w, attrs)) return kNoValue;
  const ValueId last = b.ToChannelsLast(x);
  if (kind != ops::PoolKind::kLp && IsPlainPool(c, x, w, attrs.ceil, kind == ops::PoolKind::kAvg && attrs.count_pads)) {
    const ops::OpId op = kind == ops::PoolKind::kMax ? ops::ids::kMaxPool2d : ops::ids::kAvgPool2d;
    return b.ToChannelsFirst(b.Op(op, Pool2dAttrs(w), {last}));
  }
  return b.ToChannelsFirst(b.Op(ops::ids::kPoolNd, attrs, {last}));
}

const std::span<const Converter> kConvolutionConverters = kRows;

}  // namespace verge::onnx
