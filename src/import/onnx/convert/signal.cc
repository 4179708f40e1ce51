// Spectra: DFT, STFT, window functions and the mel matrix.
#include <algorithm>
#include <array>
#include <cmath>

#include "import/onnx/convert/tables.h"
#include "ops/dft/dft.h"

namespace verge::onnx {
namespace {

constexpr double kPi = 3.14159265358979323846;

double Number(NodeContext& c, size_t i, const char* what) {
  const std::vector<double> value = c.b.Floats(c.In(i), what);
  if (c.b.ok() && value.size() != 1) c.Invalid(std::string(what) + " wants one number");
  return value.size() == 1 ? value[0] : 0.0;
}

int64_t Count(NodeContext& c, size_t i, const char* what) {
  const double value = Number(c, i, what);
  if (value >= 1 && value < 1 << 24) return static_cast<int64_t>(value);
  if (c.b.ok()) c.Invalid(std::string(what) + " is out of range");
  return 1;
}

void Dft(NodeContext& c) {
  ops::DftAttrs attrs;
  attrs.axis = c.Int("axis", 1);
  if (c.opset >= 20) {  // the axis became an input
    const std::vector<int64_t> axis = c.Has(2) ? c.b.Ints(c.In(2), "the axis of DFT") : std::vector<int64_t>{-2};
    if (axis.size() != 1) return c.Invalid("input 2 (axis) wants one number");
    attrs.axis = axis[0];
  }
  attrs.length = c.Has(1) ? Count(c, 1, "the length of DFT") : 0;
  attrs.inverse = c.Int("inverse", 0) != 0;
  attrs.onesided = c.Int("onesided", 0) != 0;
  c.Out(0, c.b.Op(ops::ids::kDft, attrs, {c.In(0)}));
}

// Frames are gathered, windowed, and transformed together.
void Stft(NodeContext& c) {
  Builder& b = c.b;
  ValueId x = c.In(0);
  if (b.rank(x) == 2) x = b.Reshape(x, {b.Dim(x, 0), b.Dim(x, 1), 1});
  const int64_t step = Count(c, 1, "the frame step of STFT");
  int64_t length = c.Has(2) ? b.Dim(c.In(2), 0) : 0;
  if (c.Has(3)) length = Count(c, 3, "the frame length of STFT");
  const int64_t signal = b.Dim(x, 1);
  if (!b.ok() || length < 1 || length > signal) return c.Invalid("the frame length does not fit the signal");
  const int64_t frames = (signal - length) / step + 1;
  if (frames > (1 << 24) / length) return c.Unsupported("the frames are too many or too long");
  std::vector<int64_t> places;
  for (int64_t f = 0; f < frames; ++f) {
    for (int64_t i = 0; i < length; ++i) places.push_back(f * step + i);
  }
  ValueId cut = b.Gather(x, b.Reshape(b.IntsConstant(places), {frames, length}), 1);  // [b, frames, length, parts]
  if (c.Has(2)) cut = b.Mul(cut, b.Reshape(c.In(2), {-1, 1}));
  ops::DftAttrs attrs;
  attrs.axis = 2;
  attrs.onesided = c.Int("onesided", 1) != 0;
  c.Out(0, b.Op(ops::ids::kDft, attrs, {cut}));
}

// w_i = a0 - a1 cos(2 pi i / n) + a2 cos(4 pi i / n), n = size, or size - 1 when symmetric.
void Window(NodeContext& c, std::array<double, 3> a) {
  const int64_t size = Count(c, 0, "the size of a window");
  const std::optional<DType> type = DTypeFromOnnx(c.Int("output_datatype", 1));
  if (!type) return c.Unsupported("the type of the output is not supported");
  const double n = static_cast<double>(c.Int("periodic", 1) != 0 ? size : std::max<int64_t>(size - 1, 1));
  std::vector<float> values;
  for (int64_t i = 0; i < size; ++i) {
    const double angle = 2 * kPi * static_cast<double>(i) / n;
    values.push_back(static_cast<float>(a[0] - a[1] * std::cos(angle) + a[2] * std::cos(2 * angle)));
  }
  c.Out(0, c.b.Cast(c.b.FloatsConstant({size}, values), *type));
}

void HannWindow(NodeContext& c) { Window(c, {0.5, 0.5, 0}); }
void HammingWindow(NodeContext& c) { Window(c, {25.0 / 46.0, 1 - 25.0 / 46.0, 0}); }
void BlackmanWindow(NodeContext& c) { Window(c, {0.42, 0.5, 0.08}); }

// Triangles between points that are evenly spaced on the mel scale, as bins of a spectrum. [bins, mels]
void MelWeightMatrix(NodeContext& c) {
  const int64_t mels = Count(c, 0, "num_mel_bins");
  const int64_t dft = Count(c, 1, "dft_length");
  const double rate = Number(c, 2, "sample_rate");
  const auto to_mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double low = to_mel(Number(c, 3, "lower_edge_hertz"));
  const double high = to_mel(Number(c, 4, "upper_edge_hertz"));
  const int64_t bins = dft / 2 + 1;
  if (!c.b.ok() || !(rate > 0) || mels > (1 << 24) / bins)
    return c.Invalid("the parameters of MelWeightMatrix are out of range");
  std::vector<int64_t> at;
  for (int64_t i = 0; i < mels + 2; ++i) {
    const double mel = low + static_cast<double>(i) * (high - low) / static_cast<double>(mels + 2);
    const double hz = 700 * (std::pow(10, mel / 2595) - 1);
    at.push_back(
        std::clamp<int64_t>(static_cast<int64_t>(std::floor(static_cast<double>(dft + 1) * hz / rate)), 0, bins - 1));
  }
  std::vector<float> matrix(static_cast<size_t>(bins * mels));
  for (size_t m = 0; m < static_cast<size_t>(mels); ++m) {
    const int64_t start = at[m];
    const int64_t top = at[m + 1];
    const int64_t end = at[m + 2];
    const auto cell = [&](int64_t bin) -> float& { return matrix[static_cast<size_t>(bin * mels) + m]; };
    if (start == top) cell(top) = 1;
    for (int64_t i = start; i <= top && start != top; ++i)
      cell(i) = static_cast<float>(i - start) / static_cast<float>(top - start);
    for (int64_t i = top; i < end; ++i) cell(i) = static_cast<float>(end - i) / static_cast<float>(end - top);
  }
  c.Out(0, c.b.FloatsConstant({bins, mels}, matrix));
}

constexpr Converter kRows[] = {
    {"DFT", Dft, 17},
    {"STFT", Stft, 17},
    {"HannWindow", HannWindow, 17},
    {"HammingWindow", HammingWindow, 17},
    {"BlackmanWindow", BlackmanWindow, 17},
    {"MelWeightMatrix", MelWeightMatrix, 17},
};

}  // namespace

const std::span<const Converter> kSignalConverters = kRows;

}  // namespace verge::onnx
