#include "ops/quant_curve.h"

#include <array>
#include <cmath>

#include "ops/quant_elementwise.h"

namespace verge::ops {
namespace {

constexpr float kUnit16 = 1.0f / 32768;

using Points = std::array<uint32_t, 257>;

// sigmoid(i / 24) in steps of 2^-16.
Points SigmoidPoints() {
  Points points{};
  for (size_t i = 0; i < points.size(); ++i) {
    const double y = 65536 / (1 + std::exp(-static_cast<double>(i) / 24));
    points[i] = static_cast<uint32_t>(std::min(std::round(y), 65535.0));
  }
  return points;
}

// x in steps of 1 / (3 * 4096), as a multiplier of at most 15 bits and a shift.
struct CurveInput {
  explicit CurveInput(float scale) {
    double factor = static_cast<double>(scale) * 4096 * 3;
    constexpr int kMostShift = 30;
    for (; factor <= 32767.0 / 2 && shift <= kMostShift; factor *= 2) ++shift;
    multiplier = static_cast<int64_t>(std::min(factor, 2147483647.0));
  }
  int64_t operator()(int16_t x) const {
    const int64_t half = shift > 0 ? int64_t{1} << (shift - 1) : 0;
    return (x * multiplier + half) >> shift;
  }
  int64_t multiplier = 0;
  int shift = 0;
};

// The sigmoid at `x` in steps of 2^-(16 + bits), where a point spans 2^bits steps of x.
int64_t Interpolate(const Points& points, int64_t x, int bits) {
  constexpr int64_t kLast = 255;
  const int64_t at = x >> bits;
  if (at >= kLast) return int64_t{65535} << bits;
  const auto i = static_cast<size_t>(at);
  const int64_t rest = x & ((int64_t{1} << bits) - 1);
  return (int64_t{points[i]} << bits) + rest * (int64_t{points[i + 1]} - int64_t{points[i]});
}

int16_t Logistic16(const Points& points, int64_t x) {
  constexpr int kBits = 9;
  const int64_t y = Interpolate(points, std::abs(x), kBits);
  constexpr int64_t kHalf = int64_t{1} << kBits;
  const int64_t turned = x >= 0 ? y + kHalf : (int64_t{1} << (16 + kBits)) - y + kHalf - 1;
  return static_cast<int16_t>(std::min<int64_t>(turned >> (kBits + 1), 32767));
}

int16_t Tanh16(const Points& points, int64_t x) {
  constexpr int kBits = 8;
  const int64_t y = Interpolate(points, std::abs(x), kBits);
  constexpr int64_t kZero = int64_t{1} << (15 + kBits);
  constexpr int64_t kHalf = int64_t{1} << (kBits - 1);
  const int64_t turned = x >= 0 ? y - kZero + kHalf : kZero - y + kHalf - 1;
  return static_cast<int16_t>(std::clamp<int64_t>(turned >> kBits, -32768, 32767));
}

template <typename Small, typename Wide>
void Run(const Tensor& x, const Tensor& y, Small small, Wide wide) {
  const size_t count = x.shape().elems();
  if (x.dtype() == DType::kI16) {
    static const Points points = SigmoidPoints();
    const CurveInput input(ScaleOf(x).scale);
    for (size_t i = 0; i < count; ++i) y.as<int16_t>()[i] = wide(points, input(x.as<const int16_t>()[i]));
    return;
  }
  const ScaleZero from = ScaleOf(x), to = ScaleOf(y);
  const QuantRange range = RangeOfDType(y.dtype());
  DispatchQuantised(x.dtype(), [&]<typename T>() {
    for (size_t i = 0; i < count; ++i) {
      y.as<T>()[i] = static_cast<T>(MapReal(x.as<const T>()[i], from, to, range, small));
    }
  });
}

}  // namespace

Status CheckCurveScale(const InferArgs& args) {
  if (args.inputs[0].type.dtype != DType::kI16 || args.outputs[0].quant.scales[0] == kUnit16) return Status::Ok();
  return VERGE_ERROR(kUnsupported, "output 0 is i16 with the scale " + std::to_string(args.outputs[0].quant.scales[0]) +
                                       ", wants 1/32768");
}

void RunQuantLogistic(const Tensor& x, const Tensor& y) {
  Run(x, y, [](float v) { return 1.0f / (1.0f + std::exp(-v)); }, Logistic16);
}

void RunQuantTanh(const Tensor& x, const Tensor& y) {
  Run(x, y, [](float v) { return std::tanh(v); }, Tanh16);
}

}  // namespace verge::ops
