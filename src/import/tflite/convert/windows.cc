// Operators with a sliding window that the ops' own mappings do not cover.
#include <cstring>

#include "import/tflite/convert/tables.h"
#include "import/tflite/mapping.h"
#include "ops/avg_pool2d/avg_pool2d.h"
#include "ops/conv_nd/conv_nd.h"
#include "ops/conv_transpose/conv_transpose.h"
#include "ops/max_unpool/max_unpool.h"
#include "ops/pool_nd/pool_nd.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;

struct Window1d {
  int64_t in = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
};

// Adds one spatial dimension; false, and an error, for nonsense.
bool AddDim(OperatorContext& c, schema::Padding padding, const Window1d& dim, ops::WindowNd& window) {
  const Result<Padding1d> pad = MapPadding(padding, dim.in, dim.kernel, dim.stride, dim.dilation);
  if (!pad.ok()) {
    c.b.Fail(pad.status());
    return false;
  }
  const auto i = static_cast<size_t>(window.strides.size);
  window.strides.values[i] = static_cast<int32_t>(dim.stride);
  window.dilations.values[i] = static_cast<int32_t>(dim.dilation);
  window.before.values[i] = static_cast<int32_t>(pad->before);
  window.after.values[i] = static_cast<int32_t>(pad->after);
  window.strides.size = window.dilations.size = window.before.size = window.after.size = static_cast<int32_t>(i) + 1;
  return true;
}

// sqrt(mean(x^2)) over each window.
void L2Pool(OperatorContext& c) {
  Builder& b = c.b;
  const auto& options = c.Options<schema::Pool2DOptions>();
  const ValueId x = c.In(0);
  if (!b.ok() || b.rank(x) != 4) return c.Invalid("wants an image of 4 dimensions");
  ops::WindowNd window;
  if (!AddDim(c, options.padding(), {b.Dim(x, 1), options.filter_height(), options.stride_h()}, window) ||
      !AddDim(c, options.padding(), {b.Dim(x, 2), options.filter_width(), options.stride_w()}, window)) {
    return;
  }
  ops::PoolAttrs attrs;
  attrs.filter_h = options.filter_height();
  attrs.filter_w = options.filter_width();
  attrs.stride_h = options.stride_h();
  attrs.stride_w = options.stride_w();
  attrs.pad_top = window.before.values[0];
  attrs.pad_bottom = window.after.values[0];
  attrs.pad_left = window.before.values[1];
  attrs.pad_right = window.after.values[1];
  const ValueId mean = b.Op(ops::ids::kAvgPool2d, attrs, {b.Mul(x, x)});
  c.Out(0, c.Activate(b.Unary(ops::UnaryKind::kSqrt, mean), options.fused_activation_function()));
}

// Weights [kernel..., ic, oc], here brought to [oc, kernel..., ic].
void Conv3d(OperatorContext& c) {
  Builder& b = c.b;
  const auto& options = c.Options<schema::Conv3DOptions>();
  const ValueId x = c.In(0);
  const ValueId w = b.Transpose(c.In(1), {4, 0, 1, 2, 3});
  if (!b.ok() || b.rank(x) != 5) return c.Invalid("wants an input of 5 dimensions");
  ops::ConvNdAttrs attrs;
  const std::array<int64_t, 3> strides = {options.stride_d(), options.stride_h(), options.stride_w()};
  const std::array<int64_t, 3> dilations = {options.dilation_d_factor(), options.dilation_h_factor(),
                                            options.dilation_w_factor()};
  for (int d = 0; d < 3; ++d) {
    const auto i = static_cast<size_t>(d);
    if (!AddDim(c, options.padding(), {b.Dim(x, d + 1), b.Dim(w, d + 1), strides[i], dilations[i]}, attrs.window))
      return;
  }
  std::vector<ValueId> inputs = {x, w};
  if (c.Has(2)) inputs.push_back(c.In(2));
  c.Out(0, c.Activate(b.Op(ops::ids::kConvNd, attrs, inputs), options.fused_activation_function()));
}

// A transposed convolution onto an output of the given size: the padding is that of the convolution which it undoes.
struct Transposed {
  schema::Padding padding;
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  std::vector<int64_t> out;  // one number a spatial dimension
};
ValueId ConvTranspose(OperatorContext& c, ValueId x, ValueId w, ValueId bias, const Transposed& t) {
  Builder& b = c.b;
  ops::ConvTransposeAttrs attrs;
  for (size_t i = 0; i < t.out.size() && b.ok(); ++i) {
    const auto d = static_cast<int>(i) + 1;
    const int64_t kernel = b.Dim(w, d);
    if (t.out[i] < 1 || t.out[i] > ops::kMaxWindow) {
      c.Invalid("makes an output of size " + std::to_string(t.out[i]));
      return kNoValue;
    }
    if (!AddDim(c, t.padding, {t.out[i], kernel, t.strides[i], t.dilations[i]}, attrs.window)) return kNoValue;
    const int64_t reach =
        (b.Dim(x, d) - 1) * t.strides[i] + (kernel - 1) * t.dilations[i] + 1 - attrs.window.before.values[i] - t.out[i];
    attrs.window.after.values[i] = static_cast<int32_t>(std::clamp<int64_t>(reach, 0, ops::kMaxWindow));
    attrs.out_pad.values[i] = static_cast<int32_t>(std::clamp<int64_t>(-reach, 0, ops::kMaxWindow));
    attrs.out_pad.size = static_cast<int32_t>(i) + 1;
  }
  std::vector<ValueId> inputs = {x, w};
  if (bias != kNoValue) inputs.push_back(bias);
  return b.Op(ops::ids::kConvTranspose, attrs, inputs);
}

// The spatial dimensions of the output shape that input 0 states.
std::vector<int64_t> OutputSize(OperatorContext& c, size_t rank) {
  const std::vector<int64_t> shape = c.Ints(0, "the shape of the output");
  if (c.b.ok() && shape.size() != rank)
    c.Invalid("states an output of " + std::to_string(shape.size()) + " dimensions");
  if (!c.b.ok()) return {};
  return {shape.begin() + 1, shape.end() - 1};
}

void TransposeConv(OperatorContext& c) {
  const auto& options = c.Options<schema::TransposeConvOptions>();
  const std::vector<int64_t> out = OutputSize(c, 4);
  if (!c.b.ok() || c.b.rank(c.In(1)) != 4 || c.b.rank(c.In(2)) != 4) return c.Invalid("wants 4 dimensions");
  const ValueId y = ConvTranspose(c, c.In(2), c.In(1), c.Has(3) ? c.In(3) : kNoValue,
                                  {options.padding(), {options.stride_h(), options.stride_w()}, {1, 1}, out});
  c.Out(0, c.Activate(y, options.fused_activation_function()));
}

// Weights [kernel..., oc, ic].
void Conv3dTranspose(OperatorContext& c) {
  const auto& options = c.Options<schema::Conv3DOptions>();
  const std::vector<int64_t> out = OutputSize(c, 5);
  const ValueId w = c.b.Transpose(c.In(1), {3, 0, 1, 2, 4});
  if (!c.b.ok() || c.b.rank(c.In(2)) != 5) return c.Invalid("wants 5 dimensions");
  const ValueId y =
      ConvTranspose(c, c.In(2), w, c.Has(3) ? c.In(3) : kNoValue,
                    {options.padding(),
                     {options.stride_d(), options.stride_h(), options.stride_w()},
                     {options.dilation_d_factor(), options.dilation_h_factor(), options.dilation_w_factor()},
                     out});
  c.Out(0, c.Activate(y, options.fused_activation_function()));
}

// MediaPipe's operators carry their parameters as consecutive i32: padding (1 same, 2 valid), strides (w, h) and, of
// pools, the filter's width and height and the fused activation.
struct RawParams {
  schema::Padding padding = schema::Padding::SAME;
  std::array<int32_t, 6> values{};
  int64_t stride_w() const { return values[1]; }
  int64_t stride_h() const { return values[2]; }
  int64_t filter_w() const { return values[3]; }
  int64_t filter_h() const { return values[4]; }
};
bool ReadRaw(OperatorContext& c, size_t count, RawParams& params) {
  const std::span<const uint8_t> bytes = c.CustomOptions();
  if (bytes.size() < count * sizeof(int32_t)) {
    c.Invalid("has " + std::to_string(bytes.size()) + " bytes of options, wants " +
              std::to_string(count * sizeof(int32_t)));
    return false;
  }
  std::memcpy(params.values.data(), bytes.data(), count * sizeof(int32_t));
  if (params.values[0] != 1 && params.values[0] != 2) {
    c.Invalid("has the unknown padding " + std::to_string(params.values[0]));
    return false;
  }
  params.padding = params.values[0] == 1 ? schema::Padding::SAME : schema::Padding::VALID;
  for (size_t i = 1; i < std::min<size_t>(count, 5); ++i) {
    if (params.values[i] >= 1 && params.values[i] <= ops::kMaxWindow) continue;
    c.Invalid("has a stride or filter size of " + std::to_string(params.values[i]));
    return false;
  }
  return true;
}

// The output is as large as the windows reach, less what SAME cuts off: kernel - 1 - (in - 1) mod stride.
void Convolution2dTransposeBias(OperatorContext& c) {
  Builder& b = c.b;
  RawParams params;
  if (!ReadRaw(c, 3, params)) return;
  const ValueId x = c.In(0);
  const ValueId w = c.In(1);
  if (!b.ok() || b.rank(x) != 4 || b.rank(w) != 4) return c.Invalid("wants 4 dimensions");
  ops::ConvTransposeAttrs attrs;
  for (size_t i = 0; i < 2; ++i) {
    const auto d = static_cast<int>(i) + 1;
    const int64_t stride = i == 0 ? params.stride_h() : params.stride_w();
    const int64_t same = std::max<int64_t>(0, b.Dim(w, d) - (b.Dim(x, d) - 1) % stride - 1);
    const int64_t cut = params.padding == schema::Padding::SAME ? std::min<int64_t>(same, ops::kMaxWindow) : 0;
    attrs.window.strides.values[i] = static_cast<int32_t>(stride);
    attrs.window.dilations.values[i] = 1;
    attrs.window.before.values[i] = static_cast<int32_t>(cut / 2);
    attrs.window.after.values[i] = static_cast<int32_t>(cut - cut / 2);
  }
  attrs.window.strides.size = attrs.window.dilations.size = attrs.window.before.size = attrs.window.after.size = 2;
  attrs.out_pad.size = 2;
  c.Out(0, b.Op(ops::ids::kConvTranspose, attrs, {x, w, c.In(2)}));
}

// Where in the padded image the window of each output begins: the position of its first element, as h and w.
struct Origins {
  ValueId h = kNoValue;  // i64 [h, 1, 1]
  ValueId w = kNoValue;  // i64 [w, 1]
};
Origins MakeOrigins(Builder& b, int64_t rows, int64_t columns, const ops::WindowNd& window) {
  const auto line = [&](int64_t count, size_t i) {
    std::vector<int64_t> at;
    for (int64_t k = 0; k < count; ++k) at.push_back(k * window.strides.values[i] - window.before.values[i]);
    return b.IntsConstant(at);
  };
  return {b.Reshape(line(rows, 0), {rows, 1, 1}), b.Reshape(line(columns, 1), {columns, 1})};
}

// The windows of a 2-D pool over x, from raw parameters.
bool ReadPool(OperatorContext& c, const RawParams& params, int64_t height, int64_t width, ops::WindowNd& window) {
  return AddDim(c, params.padding, {height, params.filter_h(), params.stride_h()}, window) &&
         AddDim(c, params.padding, {width, params.filter_w(), params.stride_w()}, window);
}

// Output 1 says where in its window each maximum was: row * filter width + column, plus 0.1, as f32. The op says where
// in x: the difference to the window's origin is taken.
void MaxPoolingWithArgmax2d(OperatorContext& c) {
  Builder& b = c.b;
  RawParams params;
  if (!ReadRaw(c, 6, params)) return;
  const ValueId x = c.In(0);
  if (!b.ok() || b.rank(x) != 4) return c.Invalid("wants 4 dimensions");
  const int64_t height = b.Dim(x, 1);
  const int64_t width = b.Dim(x, 2);
  const int64_t depth = b.Dim(x, 3);
  ops::PoolNdAttrs attrs;
  if (!ReadPool(c, params, height, width, attrs.window)) return;
  attrs.kernel.size = 2;
  attrs.kernel.values = {static_cast<int32_t>(params.filter_h()), static_cast<int32_t>(params.filter_w())};
  const std::vector<ValueId> both = b.Ops(ops::ids::kPoolNd, attrs, {x}, 2);
  if (!b.ok()) return;
  c.Out(0, c.Activate(both[0], static_cast<schema::ActivationFunctionType>(params.values[5])));
  const auto number = [&](int64_t value) { return b.Scalar(DType::kI64, static_cast<double>(value)); };
  const auto quotient = [&](ValueId a, int64_t by) { return b.Div(a, number(by)); };
  const auto rest = [&](ValueId a, int64_t by) { return b.Binary(ops::BinaryKind::kMod, a, number(by)); };
  const ValueId pixel = quotient(both[1], depth);
  const Origins origins = MakeOrigins(b, b.Dim(both[0], 1), b.Dim(both[0], 2), attrs.window);
  const ValueId row = b.Sub(rest(quotient(pixel, width), height), origins.h);
  const ValueId column = b.Sub(rest(pixel, width), origins.w);
  const ValueId at = b.Cast(b.Add(b.Mul(row, number(params.filter_w())), column), DType::kF32);
  c.Out(1, b.Add(at, b.Scalar(DType::kF32, 0.1)));
}

// Puts each element back where the pool above found it; the output is filter times as large.
void MaxUnpooling2d(OperatorContext& c) {
  Builder& b = c.b;
  RawParams params;
  if (!ReadRaw(c, 6, params)) return;
  const ValueId x = c.In(0);
  if (!b.ok() || b.rank(x) != 4 || b.shape(c.In(1)) != b.shape(x)) return c.Invalid("wants 4 dimensions");
  const std::vector<int64_t> dims = c.Dims(x);
  const int64_t height = dims[1] * params.filter_h();
  const int64_t width = dims[2] * params.filter_w();
  ops::WindowNd window;
  if (!ReadPool(c, params, height, width, window)) return;
  const auto number = [&](int64_t value) { return b.Scalar(DType::kI64, static_cast<double>(value)); };
  const auto inside = [&](ValueId at, int64_t size) {
    return b.Binary(ops::BinaryKind::kAnd, b.Compare(ops::CompareKind::kGreaterOrEqual, at, number(0)),
                    b.Compare(ops::CompareKind::kLess, at, number(size)));
  };
  const auto line = [&](int64_t count, int64_t step, const std::vector<int64_t>& shape) {
    std::vector<int64_t> at;
    for (int64_t k = 0; k < count; ++k) at.push_back(k * step);
    return b.Reshape(b.IntsConstant(at), shape);
  };
  const ValueId index = b.Cast(c.In(1), DType::kI64);
  const Origins origins = MakeOrigins(b, dims[1], dims[2], window);
  const ValueId row = b.Add(b.Div(index, number(params.filter_w())), origins.h);
  const ValueId column = b.Add(b.Binary(ops::BinaryKind::kFmod, index, number(params.filter_w())), origins.w);
  const ValueId image = line(dims[0], height * width * dims[3], {dims[0], 1, 1, 1});
  const ValueId pixel = b.Mul(b.Add(b.Mul(row, number(width)), column), number(dims[3]));
  const ValueId flat = b.Add(b.Add(image, pixel), line(dims[3], 1, {dims[3]}));
  const ValueId is_inside = b.Binary(ops::BinaryKind::kAnd, inside(row, height), inside(column, width));
  const ValueId target = b.Where(is_inside, flat, number(-1));
  const ops::MaxUnpoolAttrs attrs{ToIntList(b, {dims[0], height, width, dims[3]})};
  c.Out(0, b.Op(ops::ids::kMaxUnpool, attrs, {x, target}));
}

constexpr Converter kTable[] = {
    {BuiltinOperator::L2_POOL_2D, L2Pool},
    {BuiltinOperator::CONV_3D, Conv3d},
    {BuiltinOperator::TRANSPOSE_CONV, TransposeConv},
    {BuiltinOperator::CONV_3D_TRANSPOSE, Conv3dTranspose},
    {BuiltinOperator::CUSTOM, Convolution2dTransposeBias, {}, false, nullptr, "Convolution2DTransposeBias"},
    {BuiltinOperator::CUSTOM, MaxPoolingWithArgmax2d, {}, false, nullptr, "MaxPoolingWithArgmax2D"},
    {BuiltinOperator::CUSTOM, MaxUnpooling2d, {}, false, nullptr, "MaxUnpooling2D"},
};

}  // namespace

std::span<const Converter> WindowConverters() { return kTable; }

}  // namespace verge::tflite
