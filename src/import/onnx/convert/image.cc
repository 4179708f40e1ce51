// Resizing and sampling of images, regions and boxes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "import/onnx/convert/tables.h"
#include "ops/elem.h"
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

// What Resize and Upsample state.
struct ResizeNode {
  ops::ResizeAttrs attrs;
  std::vector<double> scales;  // both lists: sizes that were rounded from these scales
  std::vector<int64_t> sizes;
  ValueId roi = kNoValue;
  bool antialias = false;
};

// Sizes from scales, or scales from sizes; false after an error.
bool Complete(NodeContext& c, ResizeNode& r) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  const auto rank = static_cast<size_t>(b.rank(x));
  if ((r.sizes.empty() ? r.scales.size() : r.sizes.size()) != rank)
    c.Invalid("scales or sizes wants one number a dimension of x");
  if (!b.ok()) return false;
  const bool has_sizes = !r.sizes.empty();
  const bool has_scales = !r.scales.empty();
  r.scales.resize(rank);
  r.sizes.resize(rank);
  for (size_t d = 0; d < rank && b.ok(); ++d) {
    const auto in = static_cast<double>(b.Dim(x, static_cast<int>(d)));
    if (!has_scales) r.scales[d] = static_cast<double>(r.sizes[d]) / in;
    if (!(r.scales[d] > 0 && r.scales[d] < 1e6)) c.Invalid("a scale is not positive, or too large");
    if (!has_sizes && b.ok()) r.sizes[d] = static_cast<int64_t>(std::floor(in * r.scales[d]));
    if (r.sizes[d] < 1) c.Invalid("a scale or size leaves nothing of a dimension");
  }
  return b.ok();
}

double Triangle(double t) { return std::max(0.0, 1 - std::abs(t)); }

// Keys' function with parameter a.
double Cubic(double a, double t) {
  t = std::abs(t);
  if (t >= 2) return 0;
  return t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
}

// The largest weight matrix of a resize with antialias.
constexpr int64_t kMaxWeights = int64_t{1} << 24;

// Resizing one dimension as a matrix [out, in]: when it shrinks, the filter is stretched over all elements that one
// output stands for; the weights sum to 1.
ValueId AntialiasMatrix(NodeContext& c, const ops::ResizeAttrs& attrs, int64_t in, int64_t out, double scale) {
  using ops::ResizeCoordinates;
  const auto coordinates = static_cast<ResizeCoordinates>(attrs.coordinates);
  const bool is_cubic = static_cast<ops::ResizeMode>(attrs.mode) == ops::ResizeMode::kCubic;
  const bool known = coordinates == ResizeCoordinates::kHalfPixel || coordinates == ResizeCoordinates::kAlignCorners ||
                     coordinates == ResizeCoordinates::kPytorchHalfPixel ||
                     coordinates == ResizeCoordinates::kAsymmetric;
  if (!known) c.Unsupported("antialias with this coordinate_transformation_mode; use half_pixel");
  const double shrink = std::min(scale, 1.0);
  const double reach = (is_cubic ? 2.0 : 1.0) / shrink;
  if (in > kMaxWeights / out || reach * static_cast<double>(out) > 4.0 * kMaxWeights)
    c.Unsupported("a resize with antialias to so many elements");
  if (!c.b.ok()) return kNoValue;
  std::vector<float> matrix(static_cast<size_t>(out * in));
  for (int64_t i = 0; i < out; ++i) {
    const auto at = static_cast<double>(i);
    double centre = (at + 0.5) / scale - 0.5;
    if (coordinates == ResizeCoordinates::kPytorchHalfPixel && out == 1) centre = -0.5;
    if (coordinates == ResizeCoordinates::kAsymmetric) centre = at / scale;
    if (coordinates == ResizeCoordinates::kAlignCorners)
      centre = out == 1 ? 0 : at * static_cast<double>(in - 1) / static_cast<double>(out - 1);
    // As far as the filter reaches, also outside, where the edge is repeated unless it is to be left out.
    const auto first = static_cast<int64_t>(std::floor(centre - reach));
    const auto last = static_cast<int64_t>(std::ceil(centre + reach));
    std::vector<double> weights(static_cast<size_t>(in));
    double sum = 0;
    for (int64_t k = first; k <= last; ++k) {
      if (attrs.exclude_outside && (k < 0 || k >= in)) continue;
      const double distance = (static_cast<double>(k) - centre) * shrink;
      const double weight = is_cubic ? Cubic(static_cast<double>(attrs.cubic_a), distance) : Triangle(distance);
      weights[static_cast<size_t>(std::clamp<int64_t>(k, 0, in - 1))] += weight;
      sum += weight;
    }
    for (size_t k = 0; k < weights.size(); ++k) {
      matrix[static_cast<size_t>(i * in) + k] = static_cast<float>(sum == 0 ? 0 : weights[k] / sum);
    }
  }
  return c.b.FloatsConstant({out, in}, matrix);
}

// One dimension after the other: the filter is separable.
void ResizeSmoothly(NodeContext& c, const ResizeNode& r) {
  Builder& b = c.b;
  const DType type = b.dtype(c.In(0));
  if (!ops::IsFloatDType(type)) return c.Unsupported("a resize of integers with antialias; cast to float before");
  ValueId x = b.Cast(c.In(0), DType::kF32);
  const int rank = b.rank(x);
  for (int d = 0; d < rank && b.ok(); ++d) {
    const auto k = static_cast<size_t>(d);
    if (r.scales[k] == 1.0 && r.sizes[k] == b.Dim(x, d)) continue;
    const ValueId matrix = AntialiasMatrix(c, r.attrs, b.Dim(x, d), r.sizes[k], r.scales[k]);
    std::vector<int> swap;
    for (int i = 0; i < rank; ++i) swap.push_back(i == d ? rank - 1 : i == rank - 1 ? d : i);
    x = b.Transpose(Multiply(b, b.Transpose(x, swap), b.Transpose(matrix, {1, 0})), swap);
  }
  c.Out(0, b.Cast(x, type));
}

void FinishResize(NodeContext& c, ResizeNode r) {
  Builder& b = c.b;
  const ValueId x = c.In(0);
  if (!Complete(c, r)) return;
  if (r.antialias && static_cast<ops::ResizeMode>(r.attrs.mode) != ops::ResizeMode::kNearest)
    return ResizeSmoothly(c, r);
  if (r.roi == kNoValue && IsBilinearImage(b, x, r.attrs, r.scales, r.sizes)) {
    using ops::ResizeCoordinates;
    const auto coordinates = static_cast<ResizeCoordinates>(r.attrs.coordinates);
    ops::ResizeBilinearAttrs image;
    image.height = r.sizes[2];
    image.width = r.sizes[3];
    image.align_corners = coordinates == ResizeCoordinates::kAlignCorners;
    image.half_pixel_centers =
        coordinates == ResizeCoordinates::kHalfPixel || coordinates == ResizeCoordinates::kPytorchHalfPixel;
    return c.Out(0, b.ToChannelsFirst(b.Op(ops::ids::kResizeBilinear, image, {b.ToChannelsLast(x)})));
  }
  r.attrs.sizes = ToIntList(b, r.sizes);
  std::vector<ValueId> inputs = {x, F64Constant(b, r.scales)};
  if (r.roi != kNoValue) inputs.push_back(b.Cast(r.roi, DType::kF64));
  c.Out(0, b.Op(ops::ids::kResize, r.attrs, inputs));
}

// Since opset 18: all resized axes get one scale, so that none becomes larger, or smaller, than its wanted size.
void KeepAspect(NodeContext& c, ResizeNode& r, const std::vector<int64_t>& axes) {
  const std::string policy = c.String("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch" || r.sizes.empty() || !c.b.ok()) return;
  if (policy != "not_larger" && policy != "not_smaller")
    return c.Unsupported("the keep_aspect_ratio_policy '" + policy.substr(0, 50) + "' is unknown");
  double scale = 0;
  for (const int64_t axis : axes) {
    const auto d = static_cast<size_t>(axis);
    const double ratio = static_cast<double>(r.sizes[d]) / static_cast<double>(c.b.Dim(c.In(0), static_cast<int>(d)));
    scale = scale == 0 ? ratio : policy == "not_larger" ? std::min(scale, ratio) : std::max(scale, ratio);
  }
  r.scales.assign(r.sizes.size(), 1.0);
  for (const int64_t axis : axes) {
    const auto d = static_cast<size_t>(axis);
    r.scales[d] = scale;
    const double exact = scale * static_cast<double>(c.b.Dim(c.In(0), static_cast<int>(d)));
    r.sizes[d] = std::max<int64_t>(static_cast<int64_t>(std::floor(std::min(exact, 1e9) + 0.5)), 1);
  }
}

// Since opset 18 scales or sizes may be those of some axes only; the others stay as they are. Gives the axes.
std::vector<int64_t> SpreadAxes(NodeContext& c, ResizeNode& r) {
  const ValueId x = c.In(0);
  const auto rank = static_cast<size_t>(c.b.rank(x));
  const size_t given = r.sizes.empty() ? r.scales.size() : r.sizes.size();
  std::vector<int64_t> axes = c.Ints("axes");
  if (c.Find("axes") == nullptr) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (axes.size() != given) {
    c.Invalid("scales or sizes wants one number an axis");
    return {};
  }
  const std::vector<int64_t> some_sizes = r.sizes;
  const std::vector<double> some_scales = r.scales;
  if (!r.sizes.empty()) r.sizes.assign(c.b.shape(x).dims().begin(), c.b.shape(x).dims().end());
  if (!r.scales.empty()) r.scales.assign(rank, 1.0);
  for (size_t i = 0; i < axes.size(); ++i) {
    axes[i] = c.Axis(axes[i], static_cast<int>(rank));
    if (!c.b.ok()) return {};
    const auto axis = static_cast<size_t>(axes[i]);
    if (!r.sizes.empty()) r.sizes[axis] = some_sizes[i];
    if (!r.scales.empty()) r.scales[axis] = some_scales[i];
  }
  return axes;
}

void Resize(NodeContext& c) {
  Builder& b = c.b;
  ResizeNode r;
  r.attrs.mode = IndexOf(c, c.String("mode", "nearest"), ops::kResizeModeNames);
  r.attrs.cubic_a = c.Float("cubic_coeff_a", -0.75f);
  r.attrs.exclude_outside = c.Int("exclude_outside", 0) != 0;
  r.attrs.extrapolation = c.Float("extrapolation_value", 0);
  if (c.opset < 11) {
    r.attrs.coordinates = static_cast<int32_t>(ops::ResizeCoordinates::kAsymmetric);
    r.attrs.nearest = static_cast<int32_t>(ops::ResizeNearest::kFloor);
    r.scales = b.Floats(c.In(1), "the scales of Resize");
    return FinishResize(c, std::move(r));
  }
  std::string coordinates = c.String("coordinate_transformation_mode", "half_pixel");
  if (coordinates == "tf_half_pixel_for_nn") coordinates = "half_pixel_for_nn";
  if (coordinates == "tf_crop_and_resize") coordinates = "crop_and_resize";
  r.attrs.coordinates = IndexOf(c, coordinates, ops::kResizeCoordinateNames);
  r.attrs.nearest = IndexOf(c, c.String("nearest_mode", "round_prefer_floor"), ops::kResizeNearestNames);
  if (c.Has(3)) {
    r.sizes = b.Ints(c.In(3), "the sizes of Resize");
  } else if (c.Has(2)) {
    r.scales = b.Floats(c.In(2), "the scales of Resize");
  }
  if (!b.ok()) return;
  r.antialias = c.Int("antialias", 0) != 0;
  KeepAspect(c, r, SpreadAxes(c, r));
  if (coordinates == "crop_and_resize" && c.Has(1)) r.roi = c.In(1);
  FinishResize(c, std::move(r));
}

void Upsample(NodeContext& c) {
  ResizeNode r;
  r.attrs.mode = IndexOf(c, c.String("mode", "nearest"), ops::kResizeModeNames);
  r.attrs.coordinates = static_cast<int32_t>(ops::ResizeCoordinates::kAsymmetric);
  r.attrs.nearest = static_cast<int32_t>(ops::ResizeNearest::kFloor);
  if (const Attribute* stated = c.Find("scales")) {
    r.scales.assign(stated->floats.begin(), stated->floats.end());
  } else {
    r.scales = c.b.Floats(c.In(1), "the scales of Upsample");
  }
  FinishResize(c, std::move(r));
}

// Opset 20 renamed two of the modes.
void GridSample(NodeContext& c) {
  ops::GridSampleAttrs attrs;
  std::string mode = c.String("mode", "bilinear");
  if (mode == "linear" || mode == "cubic") mode = "bi" + mode;
  attrs.mode = IndexOf(c, mode, ops::kGridModeNames);
  attrs.padding = IndexOf(c, c.String("padding_mode", "zeros"), ops::kGridPaddingNames);
  attrs.align_corners = c.Int("align_corners", 0) != 0;
  c.Out(0, c.b.Op(ops::ids::kGridSample, attrs, {c.In(0), c.In(1)}));
}

// The points of an image or volume, as x, y(, z) from -1 to 1 and a 1 behind, turned by theta.
void AffineGrid(NodeContext& c) {
  Builder& b = c.b;
  const std::vector<int64_t> size = b.Ints(c.In(1), "the size of AffineGrid");
  if (!b.ok()) return;
  if (size.size() != 4 && size.size() != 5) return c.Invalid("the size of AffineGrid wants 4 or 5 numbers");
  const std::vector<int64_t> dims(size.begin() + 2, size.end());
  int64_t points = 1;
  for (const int64_t dim : dims) {
    if (dim < 1 || dim > (1 << 24) / points) return c.Invalid("the size of AffineGrid is out of range");
    points *= dim;
  }
  const bool corners = c.Int("align_corners", 0) != 0;
  std::vector<float> grid;
  for (int64_t p = 0; p < points; ++p) {
    int64_t rest = p;
    for (size_t d = dims.size(); d-- > 0; rest /= dims[d]) {  // the last dimension is x
      const auto at = static_cast<double>(rest % dims[d]);
      const auto n = static_cast<double>(dims[d]);
      const double place = corners ? (n == 1 ? 0.0 : 2 * at / (n - 1) - 1) : (2 * at + 1) / n - 1;
      grid.push_back(static_cast<float>(place));
    }
    grid.push_back(1);
  }
  const auto width = static_cast<int64_t>(dims.size());
  const ValueId theta = c.In(0);
  const ValueId base = b.Cast(b.FloatsConstant({points, width + 1}, grid), b.dtype(theta));
  std::vector<int64_t> shape = {b.Dim(theta, 0)};
  shape.insert(shape.end(), dims.begin(), dims.end());
  shape.push_back(width);
  c.Out(0, b.Reshape(b.Matmul(base, theta, false, true), shape));
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

// How many boxes are taken is in the data: where that is computed, the result has room for the most, and a margin.
void NonMaxSuppression(NodeContext& c) {
  Builder& b = c.b;
  const auto number = [&](size_t i, const char* what) {
    const std::vector<double> value = b.Floats(c.In(i), what);
    return value.size() == 1 ? value[0] : 0.0;
  };
  ops::NmsAttrs attrs;
  attrs.center = c.Int("center_point_box", 0) != 0;
  attrs.max_per_class =
      c.Has(2) ? static_cast<int64_t>(std::clamp(number(2, "max_output_boxes_per_class"), 0.0, 1e9)) : 0;
  attrs.iou_threshold = c.Has(3) ? static_cast<float>(number(3, "iou_threshold")) : 0.0f;
  attrs.has_score_threshold = c.Has(4);
  attrs.score_threshold = c.Has(4) ? static_cast<float>(number(4, "score_threshold")) : 0.0f;
  const ValueId boxes = c.In(0);
  const ValueId scores = c.In(1);
  if (!b.ok()) return;
  if (b.IsConstant(boxes) && b.IsConstant(scores)) return c.Out(0, b.Op(ops::ids::kNms, attrs, {boxes, scores}));
  if (b.rank(scores) != 3) return c.Invalid("input 1 (scores) wants 3 dimensions");
  const std::optional<int64_t> most = ops::NmsCapacity(attrs.max_per_class, b.shape(scores));
  if (!most || *most < 1) return c.Unsupported("max_output_boxes_per_class leaves no box, or too many");
  attrs.capacity = *most;
  const std::vector<ValueId> out = b.Ops(ops::ids::kNms, attrs, {boxes, scores}, 2);
  if (b.ok()) b.SetMargin(out[0], {0, 1, out[1]});
  c.Out(0, out[0]);
}

constexpr Converter kRows[] = {
    {"AffineGrid", AffineGrid, 20}, {"Resize", Resize, 10},     {"Upsample", Upsample, 1, 9},
    {"GridSample", GridSample, 16}, {"RoiAlign", RoiAlign, 10}, {"NonMaxSuppression", NonMaxSuppression, 10},
};

}  // namespace

const std::span<const Converter> kImageConverters = kRows;

}  // namespace verge::onnx
