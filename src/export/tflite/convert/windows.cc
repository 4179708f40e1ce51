// Convolutions, pools, borders and image resizes.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "export/tflite/convert/tables.h"
#include "ops/avg_pool2d/avg_pool2d.h"
#include "ops/conv2d/conv2d.h"
#include "ops/conv_transpose/conv_transpose.h"
#include "ops/depthwise_conv2d/depthwise_conv2d.h"
#include "ops/elem.h"
#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/pad_mode/pad_mode.h"
#include "ops/resize/resize.h"
#include "ops/resize_bilinear/resize_bilinear.h"

namespace verge::to_tflite {
namespace {

// One spatial dimension of a window.
struct Side {
  int64_t in;
  int64_t kernel;
  int64_t stride;
  int64_t dilation;
  int64_t before;
  int64_t after;
};

// SAME makes the output ceil(in / stride) long; the odd element goes to the end.
bool IsSame(const Side& s) {
  const int64_t out = (s.in + s.stride - 1) / s.stride;
  const int64_t total = std::max<int64_t>((out - 1) * s.stride + (s.kernel - 1) * s.dilation + 1 - s.in, 0);
  return s.before == total / 2 && s.after == total - total / 2;
}

bool IsValid(const Side& s) { return s.before == 0 && s.after == 0; }

// A border of zeros, or of the lowest number, which no maximum takes.
TensorId PadWith(Emitter& e, TensorId x, const ir::Value& like, const Side& h, const Side& w, bool with_lowest) {
  Shape shape = like.shape;
  shape.set(1, shape[1] + h.before + h.after);
  shape.set(2, shape[2] + w.before + w.after);
  const TensorId padded = e.Temporary(like, shape);
  const TensorId widths = e.Ints({0, 0, h.before, h.after, w.before, w.after, 0, 0}, 2);
  if (!with_lowest) {
    e.Op(BuiltinOperator::PAD, VersionFor(like.dtype), {x, widths}, {padded}, schema::CreatePadOptions(e.b.fbb()));
    return padded;
  }
  const float lowest = std::numeric_limits<float>::lowest();
  const int8_t lowest_i8 = -128;
  const uint8_t lowest_u8 = 0;
  const int16_t lowest_i16 = -32768;
  const void* number = &lowest;
  if (like.dtype == DType::kI8) number = &lowest_i8;
  if (like.dtype == DType::kU8) number = &lowest_u8;
  if (like.dtype == DType::kI16) number = &lowest_i16;
  e.Op(BuiltinOperator::PADV2, std::min(VersionFor(like.dtype), 2), {x, widths, e.Scalar(like, number)}, {padded},
       schema::CreatePadV2Options(e.b.fbb()));
  return padded;
}

// The padding of the operator, and its image: input 0, or a padded copy of it.
schema::Padding Fit(Emitter& e, const Side& h, const Side& w, bool is_pool, TensorId& x) {
  x = e.Get(0);
  if (IsValid(h) && IsValid(w)) return schema::Padding::VALID;
  if (IsSame(h) && IsSame(w)) return schema::Padding::SAME;
  x = PadWith(e, x, e.In(0), h, w, is_pool);
  return schema::Padding::VALID;
}

int WeightedVersion(Emitter& e, bool is_depthwise, bool is_special) {
  const DType type = e.In(0).dtype;
  if (type == DType::kI16) return is_depthwise ? 5 : 4;
  if (type == DType::kI8) return 3;
  if (type == DType::kF32 && e.In(1).dtype == DType::kI8) {
    const bool has_channels = e.In(1).quant.scales.size() > 1;
    if (is_depthwise) return has_channels ? 6 : 4;
    return has_channels ? 5 : 2;
  }
  return is_special ? 2 : 1;
}

void Conv2d(Emitter& e) {
  if (e.HasRealOutput()) return e.Unsupported(kRealOutput);
  const auto& a = e.Attrs<ops::Conv2dAttrs>();
  const Shape& x = e.Dims(0);
  const Shape& w = e.Dims(1);
  const Side h = {x[1], w[1], a.stride_h, a.dilation_h, a.pad_top, a.pad_bottom};
  const Side v = {x[2], w[2], a.stride_w, a.dilation_w, a.pad_left, a.pad_right};
  TensorId image = kNoTensor;
  const schema::Padding padding = Fit(e, h, v, false, image);
  std::vector<TensorId> inputs = {image, e.Get(1)};
  if (e.Has(2)) inputs.push_back(e.Bias());
  // Groups are told by the weights' channels since version 6.
  const int version = a.groups > 1 ? 6 : WeightedVersion(e, false, false);
  e.Op(BuiltinOperator::CONV_2D, version, inputs, {e.Result()},
       schema::CreateConv2DOptions(e.b.fbb(), padding, static_cast<int32_t>(a.stride_w),
                                   static_cast<int32_t>(a.stride_h), ActivationOf(a.activation),
                                   static_cast<int32_t>(a.dilation_w), static_cast<int32_t>(a.dilation_h)));
}

void DepthwiseConv2d(Emitter& e) {
  if (e.HasRealOutput()) return e.Unsupported(kRealOutput);
  const auto& a = e.Attrs<ops::DepthwiseConv2dAttrs>();
  const Shape& x = e.Dims(0);
  const Shape& w = e.Dims(1);
  const Side h = {x[1], w[1], a.stride_h, a.dilation_h, a.pad_top, a.pad_bottom};
  const Side v = {x[2], w[2], a.stride_w, a.dilation_w, a.pad_left, a.pad_right};
  TensorId image = kNoTensor;
  const schema::Padding padding = Fit(e, h, v, false, image);
  std::vector<TensorId> inputs = {image, e.Get(1)};
  if (e.Has(2)) inputs.push_back(e.Bias());
  const bool is_dilated = a.dilation_h > 1 || a.dilation_w > 1;
  e.Op(BuiltinOperator::DEPTHWISE_CONV_2D, WeightedVersion(e, true, is_dilated), inputs, {e.Result()},
       schema::CreateDepthwiseConv2DOptions(e.b.fbb(), padding, static_cast<int32_t>(a.stride_w),
                                            static_cast<int32_t>(a.stride_h), static_cast<int32_t>(w[3] / x[3]),
                                            ActivationOf(a.activation), static_cast<int32_t>(a.dilation_w),
                                            static_cast<int32_t>(a.dilation_h)));
}

void Pool(Emitter& e, BuiltinOperator code) {
  const auto& a = e.Attrs<ops::PoolAttrs>();
  const Shape& x = e.Dims(0);
  const Side h = {x[1], a.filter_h, a.stride_h, 1, a.pad_top, a.pad_bottom};
  const Side w = {x[2], a.filter_w, a.stride_w, 1, a.pad_left, a.pad_right};
  const bool fits = (IsValid(h) && IsValid(w)) || (IsSame(h) && IsSame(w));
  if (!fits && code == BuiltinOperator::AVERAGE_POOL_2D) {
    return e.Unsupported("averages over a border that is neither SAME nor VALID");
  }
  TensorId image = kNoTensor;
  const schema::Padding padding = Fit(e, h, w, true, image);
  e.Op(code, VersionFor(e.In(0).dtype), {image}, {e.Result()},
       schema::CreatePool2DOptions(e.b.fbb(), padding, static_cast<int32_t>(a.stride_w),
                                   static_cast<int32_t>(a.stride_h), static_cast<int32_t>(a.filter_w),
                                   static_cast<int32_t>(a.filter_h), ActivationOf(a.activation)));
}

void AvgPool2d(Emitter& e) { Pool(e, BuiltinOperator::AVERAGE_POOL_2D); }
void MaxPool2d(Emitter& e) { Pool(e, BuiltinOperator::MAX_POOL_2D); }

// TFLite states the output's shape; its padding must be what SAME or VALID gives for it.
void ConvTranspose(Emitter& e) {
  const auto& a = e.Attrs<ops::ConvTransposeAttrs>();
  const Shape& x = e.Dims(0);
  const Shape& w = e.Dims(1);
  const Shape& y = e.Out().shape;
  if (x.rank() != 4 || a.groups != 1 || a.window.dilations.values[0] != 1 || a.window.dilations.values[1] != 1) {
    return e.Unsupported("is a transposed convolution with groups, dilation or other than two dimensions");
  }
  bool is_same = true;
  bool is_valid = true;
  for (int d = 0; d < 2; ++d) {
    const auto k = static_cast<size_t>(d);
    const int64_t stride = a.window.strides.values[k];
    // The convolution that this one turns around has y as its input.
    const Side side = {y[d + 1], w[d + 1], stride, 1, a.window.before.values[k], a.window.after.values[k]};
    const int64_t total = std::max<int64_t>((x[d + 1] - 1) * stride + w[d + 1] - y[d + 1], 0);
    is_same = is_same && (y[d + 1] + stride - 1) / stride == x[d + 1] && side.before == total / 2;
    is_valid = is_valid && side.before == 0;
  }
  if (!is_same && !is_valid) return e.Unsupported("is a transposed convolution whose border is neither SAME nor VALID");
  const std::span<const int64_t> dims = y.dims();
  std::vector<TensorId> inputs = {e.Ints({dims.begin(), dims.end()}), e.Get(1), e.Get(0)};
  int version = e.In(0).dtype == DType::kI8 ? 2 : 1;
  if (e.Has(2)) {
    inputs.push_back(e.Get(2));
    version = 3;
  }
  e.Op(BuiltinOperator::TRANSPOSE_CONV, version, inputs, {e.Result()},
       schema::CreateTransposeConvOptions(e.b.fbb(), is_valid ? schema::Padding::VALID : schema::Padding::SAME,
                                          a.window.strides.values[1], a.window.strides.values[0]));
}

TensorId Widths(Emitter& e, const ops::IntList& before, const ops::IntList& after) {
  std::vector<int64_t> widths;
  for (int32_t d = 0; d < before.size; ++d) {
    widths.push_back(before.values[static_cast<size_t>(d)]);
    widths.push_back(after.values[static_cast<size_t>(d)]);
  }
  return e.Ints(widths, 2);
}

// Whether the border stands for 0, which PAD fills with.
bool IsZero(const ir::Value& x, float value) {
  return x.quant.zero_points.empty() ? value == 0 : value == static_cast<float>(x.quant.zero_points[0]);
}

void Pad(Emitter& e) {
  const auto& a = e.Attrs<ops::PadAttrs>();
  const DType type = e.In(0).dtype;
  const TensorId widths = Widths(e, a.before, a.after);
  if (IsZero(e.In(0), a.value)) {
    return e.Op(BuiltinOperator::PAD, VersionFor(type), {e.Get(0), widths}, {e.Result()},
                schema::CreatePadOptions(e.b.fbb()));
  }
  std::array<std::byte, 8> number{};
  ops::Dispatch(type, [&]<typename T>() {
    const T stored(static_cast<ops::Compute<T>>(a.value));
    std::memcpy(number.data(), &stored, sizeof(T));
  });
  e.Op(BuiltinOperator::PADV2, std::min(VersionFor(type), 2), {e.Get(0), widths, e.Scalar(e.In(0), number.data())},
       {e.Result()}, schema::CreatePadV2Options(e.b.fbb()));
}

void PadMode(Emitter& e) {
  const auto& a = e.Attrs<ops::PadModeAttrs>();
  const auto mode = static_cast<ops::PadModeKind>(a.mode);
  const TensorId widths = Widths(e, a.before, a.after);
  if (mode == ops::PadModeKind::kReflect || mode == ops::PadModeKind::kSymmetric) {
    const auto mirror =
        mode == ops::PadModeKind::kReflect ? schema::MirrorPadMode::REFLECT : schema::MirrorPadMode::SYMMETRIC;
    return e.Op(BuiltinOperator::MIRROR_PAD, std::min(VersionFor(e.In(0).dtype), 2), {e.Get(0), widths}, {e.Result()},
                schema::CreateMirrorPadOptions(e.b.fbb(), mirror));
  }
  if (mode != ops::PadModeKind::kConstant) return e.Unsupported("has a border that TFLite cannot fill");
  if (!e.Has(1)) {
    return e.Op(BuiltinOperator::PAD, VersionFor(e.In(0).dtype), {e.Get(0), widths}, {e.Result()},
                schema::CreatePadOptions(e.b.fbb()));
  }
  e.Op(BuiltinOperator::PADV2, std::min(VersionFor(e.In(0).dtype), 2), {e.Get(0), widths, e.Get(1)}, {e.Result()},
       schema::CreatePadV2Options(e.b.fbb()));
}

void ResizeBilinear(Emitter& e) {
  const auto& a = e.Attrs<ops::ResizeBilinearAttrs>();
  const int version = a.half_pixel_centers ? 3 : std::min(VersionFor(e.In(0).dtype), 2);
  e.Op(BuiltinOperator::RESIZE_BILINEAR, version, {e.Get(0), e.Ints({a.height, a.width})}, {e.Result()},
       schema::CreateResizeBilinearOptions(e.b.fbb(), a.align_corners, a.half_pixel_centers));
}

// What RESIZE_NEAREST_NEIGHBOR does to images: the floor of i / scale, or of (i + 0.5) / scale. Images with the
// channels first are turned around it.
void Resize(Emitter& e) {
  const auto& a = e.Attrs<ops::ResizeAttrs>();
  const Shape& x = e.Dims(0);
  const Shape& y = e.Out().shape;
  const auto coordinates = static_cast<ops::ResizeCoordinates>(a.coordinates);
  const auto nearest = static_cast<ops::ResizeNearest>(a.nearest);
  const bool is_image = x.rank() == 4 && x[0] == y[0];
  const bool is_last = is_image && x[3] == y[3];
  const bool is_first = is_image && !is_last && x[1] == y[1];
  const bool is_nearest = static_cast<ops::ResizeMode>(a.mode) == ops::ResizeMode::kNearest && !e.Has(2);
  const bool is_plain = coordinates == ops::ResizeCoordinates::kAsymmetric && nearest == ops::ResizeNearest::kFloor;
  const bool is_half =
      (coordinates == ops::ResizeCoordinates::kHalfPixelForNn && nearest == ops::ResizeNearest::kFloor) ||
      (coordinates == ops::ResizeCoordinates::kHalfPixel && nearest == ops::ResizeNearest::kRoundPreferCeil);
  if ((!is_last && !is_first) || !is_nearest || (!is_plain && !is_half)) {
    return e.Unsupported("is a resize that TFLite has not (rule, or dimensions other than height and width)");
  }
  const int version = is_half ? 3 : std::min(VersionFor(e.In(0).dtype), 2);
  const auto options = [&] { return schema::CreateResizeNearestNeighborOptions(e.b.fbb(), false, is_half); };
  constexpr BuiltinOperator kCode = BuiltinOperator::RESIZE_NEAREST_NEIGHBOR;
  if (is_last) return e.Op(kCode, version, {e.Get(0), e.Ints({y[1], y[2]})}, {e.Result()}, options());
  const auto turn = [&](TensorId from, TensorId to, const std::vector<int64_t>& perm) {
    e.Op(BuiltinOperator::TRANSPOSE, std::min(VersionFor(e.In(0).dtype), 2), {from, e.Ints(perm)}, {to},
         schema::CreateTransposeOptions(e.b.fbb()));
  };
  const TensorId last = e.Temporary(e.In(0), {x[0], x[2], x[3], x[1]});
  const TensorId resized = e.Temporary(e.Out(), {y[0], y[2], y[3], y[1]});
  turn(e.Get(0), last, {0, 2, 3, 1});
  e.Op(kCode, version, {last, e.Ints({y[2], y[3]})}, {resized}, options());
  turn(resized, e.Result(), {0, 3, 1, 2});
}

constexpr Converter kRows[] = {
    {ops::ids::kConv2d, Conv2d},       {ops::ids::kDepthwiseConv2d, DepthwiseConv2d}, {ops::ids::kAvgPool2d, AvgPool2d},
    {ops::ids::kMaxPool2d, MaxPool2d}, {ops::ids::kConvTranspose, ConvTranspose},     {ops::ids::kPad, Pad},
    {ops::ids::kPadMode, PadMode},     {ops::ids::kResizeBilinear, ResizeBilinear},   {ops::ids::kResize, Resize},
};

}  // namespace

const std::span<const Converter> kWindowConverters = kRows;

}  // namespace verge::to_tflite
