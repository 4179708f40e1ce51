// Resizing and sampling of images, regions and boxes.
#include <algorithm>
#include <cmath>

#include "import/onnx/convert/tables.h"
#include "ops/grid_sample/grid_sample.h"
#include "ops/nms/nms.h"
#include "ops/resize/resize.h"
#include "ops/resize_bilinear/resize_bilinear.h"
#include "ops/roi_align/roi_align.h"

namespace verge::onnx {
namespace {

// The index of `name` in a table of names; the node fails when it is not there.
template <size_t N>
int32_t IndexOf(NodeContext& c, const std::string& name, const char* const (&names)[N]) {
  const auto found = std::find(std::begin(names), std::end(names), name);
  if (found == std::end(names)) {
    c.Unsupported("the mode '" + name.substr(0, 50) + "' is unknown");
    return 0;
  }
  return static_cast<int32_t>(found - std::begin(names));
}

ValueId F64Constant(Builder& b, const std::vector<double>& values) {
  return b.Constant("scales", DType::kF64, {static_cast<int64_t>(values.size())},
                    ir::Buffer::CopyOf(values.data(), values.size() * sizeof(double)));
}

// What resize_bilinear does, which has fast kernels: an image batch in f32, interpolated linearly over height and
// width, by exactly the ratio of the sizes.
bool IsBilinearImage(const Builder& b, ValueId x, const ops::ResizeAttrs& attrs, const std::vector<double>& scales,
                     const std::vector<int64_t>& sizes) {
  using ops::ResizeCoordinates;
  const auto coordinates = static_cast<ResizeCoordinates>(attrs.coordinates);
  // With more than one element in each direction, PyTorch's rule is the half-pixel rule.
  const bool is_pytorch =
      coordinates == ResizeCoordinates::kPytorchHalfPixel && sizes.size() == 4 && sizes[2] > 1 && sizes[3] > 1;
  const bool known = is_pytorch || coordinates == ResizeCoordinates::kHalfPixel ||
                     coordinates == ResizeCoordinates::kAlignCorners || coordinates == ResizeCoordinates::kAsymmetric;
  bool fits = known && b.rank(x) == 4 && b.dtype(x) == DType::kF32 && !attrs.exclude_outside &&
              static_cast<ops::ResizeMode>(attrs.mode) == ops::ResizeMode::kLinear;
  for (int d = 0; fits && d < 4; ++d) {
    const auto k = static_cast<size_t>(d);
    const double ratio = static_cast<double>(sizes[k]) / static_cast<double>(b.shape(x)[d]);
    fits = d < 2 ? ratio == 1.0 && scales[k] == 1.0 : std::abs(ratio - scales[k]) <= 1e-7 * scales[k];
  }
  return fits;
}

// Sizes from scales, or scales from sizes.
void FinishResize(NodeContext& c, ops::ResizeAttrs attrs, std::vector<double> scales, std::vector<int64_t> sizes,
                  ValueId roi) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto rank = static_cast<size_t>(b.rank(x));
  if (!b.ok()) return;
  if ((sizes.empty() ? scales.size() : sizes.size()) != rank)
    return c.Invalid("scales or sizes wants one number a dimension of x");
  const bool has_sizes = !sizes.empty();
  scales.resize(rank);
  sizes.resize(rank);
  for (size_t d = 0; d < rank; ++d) {
    const auto in = static_cast<double>(b.Dim(x, static_cast<int>(d)));
    if (has_sizes) scales[d] = static_cast<double>(sizes[d]) / in;
    if (!(scales[d] > 0 && scales[d] < 1e6)) return c.Invalid("a scale is not positive, or too large");
    if (!has_sizes) sizes[d] = static_cast<int64_t>(std::floor(in * scales[d]));
  }
  if (b.ok() && roi == kNoValue && IsBilinearImage(b, x, attrs, scales, sizes)) {
    using ops::ResizeCoordinates;
    ops::ResizeBilinearAttrs image;
    image.height = sizes[2];
    image.width = sizes[3];
    image.align_corners = static_cast<ResizeCoordinates>(attrs.coordinates) == ResizeCoordinates::kAlignCorners;
    image.half_pixel_centers =
        static_cast<ResizeCoordinates>(attrs.coordinates) == ResizeCoordinates::kHalfPixel ||
        static_cast<ResizeCoordinates>(attrs.coordinates) == ResizeCoordinates::kPytorchHalfPixel;
    return c.Out(0, b.ToChannelsFirst(b.Op(ops::ids::kResizeBilinear, image, {b.ToChannelsLast(x)})));
  }
  attrs.sizes = ToIntList(b, sizes);
  std::vector<ValueId> inputs = {x, F64Constant(b, scales)};
  if (roi != kNoValue) inputs.push_back(b.Cast(roi, DType::kF64));
  c.Out(0, b.Op(ops::ids::kResize, attrs, inputs));
}

// Since opset 18 scales or sizes may be those of some axes only; the others stay as they are.
void SpreadAxes(NodeContext& c, std::vector<double>& scales, std::vector<int64_t>& sizes) {
  const ValueId x = c.In(0);
  const std::vector<int64_t> axes = c.Ints("axes");
  const size_t given = sizes.empty() ? scales.size() : sizes.size();
  if (axes.size() != given) return c.Invalid("scales or sizes wants one number an axis");
  const std::vector<int64_t> some_sizes = sizes;
  const std::vector<double> some_scales = scales;
  if (!sizes.empty()) sizes.assign(c.b.shape(x).dims().begin(), c.b.shape(x).dims().end());
  if (!scales.empty()) scales.assign(static_cast<size_t>(c.b.rank(x)), 1.0);
  for (size_t i = 0; i < axes.size() && c.b.ok(); ++i) {
    const auto axis = static_cast<size_t>(c.Axis(axes[i], c.b.rank(x)));
    if (!c.b.ok()) break;
    if (!sizes.empty()) sizes[axis] = some_sizes[i];
    if (!scales.empty()) scales[axis] = some_scales[i];
  }
}

void Resize(NodeContext& c) {
  Builder& b = c.b;
  ops::ResizeAttrs attrs;
  attrs.mode = IndexOf(c, c.String("mode", "nearest"), ops::kResizeModeNames);
  attrs.cubic_a = c.Float("cubic_coeff_a", -0.75f);
  attrs.exclude_outside = c.Int("exclude_outside", 0) != 0;
  attrs.extrapolation = c.Float("extrapolation_value", 0);
  if (c.opset < 11) {
    attrs.coordinates = static_cast<int32_t>(ops::ResizeCoordinates::kAsymmetric);
    attrs.nearest = static_cast<int32_t>(ops::ResizeNearest::kFloor);
    return FinishResize(c, attrs, b.Floats(c.In(1), "the scales of Resize"), {}, kNoValue);
  }
  std::string coordinates = c.String("coordinate_transformation_mode", "half_pixel");
  if (coordinates == "tf_half_pixel_for_nn") coordinates = "half_pixel_for_nn";
  if (coordinates == "tf_crop_and_resize") coordinates = "crop_and_resize";
  attrs.coordinates = IndexOf(c, coordinates, ops::kResizeCoordinateNames);
  attrs.nearest = IndexOf(c, c.String("nearest_mode", "round_prefer_floor"), ops::kResizeNearestNames);
  std::vector<double> scales;
  std::vector<int64_t> sizes;
  if (c.Has(3)) {
    sizes = b.Ints(c.In(3), "the sizes of Resize");
  } else if (c.Has(2)) {
    scales = b.Floats(c.In(2), "the scales of Resize");
  }
  if (c.Int("antialias", 0) != 0) return c.Unsupported("resizing with antialias");
  if (c.String("keep_aspect_ratio_policy", "stretch") != "stretch")
    return c.Unsupported("a keep_aspect_ratio_policy other than stretch");
  if (c.Find("axes") != nullptr) SpreadAxes(c, scales, sizes);
  const bool crops = coordinates == "crop_and_resize";
  FinishResize(c, attrs, scales, sizes, crops && c.Has(1) ? c.In(1) : kNoValue);
}

void Upsample(NodeContext& c) {
  ops::ResizeAttrs attrs;
  attrs.mode = IndexOf(c, c.String("mode", "nearest"), ops::kResizeModeNames);
  attrs.coordinates = static_cast<int32_t>(ops::ResizeCoordinates::kAsymmetric);
  attrs.nearest = static_cast<int32_t>(ops::ResizeNearest::kFloor);
  std::vector<double> scales;
  if (const Attribute* stated = c.Find("scales")) {
    scales.assign(stated->floats.begin(), stated->floats.end());
  } else {
    scales = c.b.Floats(c.In(1), "the scales of Upsample");
  }
  FinishResize(c, attrs, scales, {}, kNoValue);
}

void GridSample(NodeContext& c) {
  ops::GridSampleAttrs attrs;
  attrs.mode = IndexOf(c, c.String("mode", "bilinear"), ops::kGridModeNames);
  attrs.padding = IndexOf(c, c.String("padding_mode", "zeros"), ops::kGridPaddingNames);
  attrs.align_corners = c.Int("align_corners", 0) != 0;
  c.Out(0, c.b.Op(ops::ids::kGridSample, attrs, {c.In(0), c.In(1)}));
}

void RoiAlign(NodeContext& c) {
  ops::RoiAlignAttrs attrs;
  attrs.height = c.Int("output_height", 1);
  attrs.width = c.Int("output_width", 1);
  attrs.ratio = c.Int("sampling_ratio", 0);
  attrs.scale = c.Float("spatial_scale", 1);
  attrs.half_pixel = c.opset >= 16 && c.String("coordinate_transformation_mode", "half_pixel") == "half_pixel";
  attrs.max = c.String("mode", "avg") == "max";
  c.Out(0, c.b.Op(ops::ids::kRoiAlign, attrs, {c.In(0), c.In(1), c.In(2)}));
}

// How many boxes are taken is in the data.
void NonMaxSuppression(NodeContext& c) {
  Builder& b = c.b;
  const auto number = [&](size_t i, const char* what) {
    const std::vector<double> value = b.Floats(c.In(i), what);
    return value.size() == 1 ? value[0] : 0.0;
  };
  b.RequireConstant(c.In(0), "the boxes of NonMaxSuppression");
  b.RequireConstant(c.In(1), "the scores of NonMaxSuppression");
  ops::NmsAttrs attrs;
  attrs.center = c.Int("center_point_box", 0) != 0;
  attrs.max_per_class =
      c.Has(2) ? static_cast<int64_t>(std::clamp(number(2, "max_output_boxes_per_class"), 0.0, 1e9)) : 0;
  attrs.iou_threshold = c.Has(3) ? static_cast<float>(number(3, "iou_threshold")) : 0.0f;
  attrs.has_score_threshold = c.Has(4);
  attrs.score_threshold = c.Has(4) ? static_cast<float>(number(4, "score_threshold")) : 0.0f;
  c.Out(0, b.Op(ops::ids::kNms, attrs, {c.In(0), c.In(1)}));
}

constexpr Converter kRows[] = {
    {"Resize", Resize},
    {"Upsample", Upsample},
    {"GridSample", GridSample},
    {"RoiAlign", RoiAlign},
    {"NonMaxSuppression", NonMaxSuppression},
};

}  // namespace

const std::span<const Converter> kImageConverters = kRows;

}  // namespace verge::onnx
