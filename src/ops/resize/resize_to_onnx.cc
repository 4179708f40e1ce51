#include <cmath>

#include "export/onnx/emitter.h"
#include "ops/resize/resize.h"

namespace verge::ops {
namespace {

using to_onnx::Emitter;
using to_onnx::Perm;
using to_onnx::TensorId;

// half_pixel_for_nn reads (i + 0.5) / scale; half_pixel is half an element less, which another rounding makes up for.
bool Coordinates(Emitter& e, const ResizeAttrs& a, std::string& coordinates, std::string& nearest) {
  coordinates = kResizeCoordinateNames[a.coordinates];
  nearest = kResizeNearestNames[a.nearest];
  const auto kind = static_cast<ResizeCoordinates>(a.coordinates);
  if (kind == ResizeCoordinates::kHalfPixelSymmetric) e.NeedOpset(19);
  if (kind == ResizeCoordinates::kCropAndResize) coordinates = "tf_crop_and_resize";
  if (kind != ResizeCoordinates::kHalfPixelForNn) return true;
  coordinates = "half_pixel";
  if (static_cast<ResizeMode>(a.mode) != ResizeMode::kNearest) return false;
  switch (static_cast<ResizeNearest>(a.nearest)) {
    case ResizeNearest::kFloor: nearest = "round_prefer_ceil"; return true;
    case ResizeNearest::kRoundPreferFloor: nearest = "ceil"; return true;
    default: return false;
  }
}

const double* Doubles(const Emitter& e, size_t i) {
  return e.Has(i) && e.In(i).is_constant() ? reinterpret_cast<const double*>(e.In(i).constant->data()) : nullptr;
}

// Scales that are just the ratio of the sizes, and otherwise give the sizes when multiplied, as ONNX does it.
struct Ratio {
  bool is_plain = true;
  bool is_exact = true;
};
Ratio Judge(const Shape& in, const Shape& out, const double* scales) {
  Ratio ratio;
  for (int d = 0; scales != nullptr && d < in.rank(); ++d) {
    const double scale = scales[d];
    const auto size = static_cast<double>(in[d]);
    const double plain = static_cast<double>(out[d]) / size;
    ratio.is_plain = ratio.is_plain && std::abs(plain - scale) <= 1e-7 * scale;
    const auto floored = std::floor(size * static_cast<double>(static_cast<float>(scale)));
    ratio.is_exact = ratio.is_exact && floored == static_cast<double>(out[d]);
  }
  return ratio;
}

void EmitResize(Emitter& e) {
  const auto& a = e.Attrs<ResizeAttrs>();
  std::string coordinates;
  std::string nearest;
  if (!Coordinates(e, a, coordinates, nearest))
    return e.Unsupported("has a coordinate rule (half_pixel_for_nn) that ONNX has not since opset 13");
  const Perm perm = e.Has(2) ? to_onnx::Identity(e.Dims(0).rank()) : e.Native();
  const double* scales = Doubles(e, 1);
  if (e.Has(1) && scales == nullptr) return e.Unsupported("has scales that are not constant");
  const Ratio ratio = Judge(e.Dims(0), e.Out().shape, scales);
  if (!ratio.is_plain && !ratio.is_exact) return e.Unsupported("has scales that do not give its sizes");
  std::vector<to_onnx::Attr> attrs = {{"mode", std::string(kResizeModeNames[a.mode])},
                                      {"coordinate_transformation_mode", coordinates}};
  if (static_cast<ResizeMode>(a.mode) == ResizeMode::kNearest) attrs.push_back({"nearest_mode", nearest});
  if (static_cast<ResizeMode>(a.mode) == ResizeMode::kCubic) attrs.push_back({"cubic_coeff_a", a.cubic_a});
  if (a.exclude_outside) attrs.push_back({"exclude_outside", int64_t{1}});
  if (a.extrapolation != 0) attrs.push_back({"extrapolation_value", a.extrapolation});
  std::vector<int64_t> sizes;
  std::vector<float> factors;
  for (const int d : perm) {
    sizes.push_back(e.Out().shape[d]);
    if (scales != nullptr) factors.push_back(static_cast<float>(scales[d]));
  }
  const TensorId roi = e.Has(2) ? e.Cast(e.Get(2), DType::kF32) : to_onnx::kNoTensor;
  const TensorId x = e.Get(0, perm);
  const bool by_size = ratio.is_plain;
  const TensorId y = by_size ? e.Emit("Resize", {x, roi, to_onnx::kNoTensor, e.b.Ints(sizes)}, attrs)
                             : e.Emit("Resize", {x, roi, e.b.Floats(factors)}, attrs);
  e.Put(0, y, perm);
}

}  // namespace

extern const to_onnx::Exporter kResizeToOnnx = {.emit = EmitResize};

}  // namespace verge::ops
