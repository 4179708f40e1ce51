// The operators of tflite-micro's audio front end, in its integer arithmetic.
#include <algorithm>
#include <array>

#include "import/tflite/convert/tables.h"
#include "import/tflite/flex_options.h"
#include "ops/dft/dft.h"
#include "ops/signal_auto_scale/signal_auto_scale.h"
#include "ops/signal_log/signal_log.h"
#include "ops/signal_pcan/signal_pcan.h"
#include "ops/signal_rfft/signal_rfft.h"
#include "ops/signal_sqrt/signal_sqrt.h"

namespace verge::tflite {
namespace {

using ops::BinaryKind;
using schema::BuiltinOperator;

ValueId ScalarLike(Builder& b, ValueId x, int64_t value) { return b.Scalar(b.dtype(x), static_cast<double>(value)); }

ValueId ShiftRight(Builder& b, ValueId x, int64_t bits) {
  return b.Binary(BinaryKind::kShiftRight, x, ScalarLike(b, x, bits));
}

// clamp(x * window >> shift) to 16 bits.
void Window(OperatorContext& c) {
  Builder& b = c.b;
  const int64_t shift = FlexOptions(c).Int("shift");
  const ValueId product = b.Mul(b.Cast(c.In(0), DType::kI32), b.Cast(c.In(1), DType::kI32));
  const ValueId shifted = ShiftRight(b, product, shift);
  const ValueId raised = b.Binary(BinaryKind::kMax, shifted, ScalarLike(b, shifted, -32768));
  const ValueId clamped = b.Binary(BinaryKind::kMin, raised, ScalarLike(b, shifted, 32767));
  c.Out(0, b.Cast(clamped, DType::kI16));
}

void FftAutoScale(OperatorContext& c) {
  const std::vector<ValueId> both = c.b.Ops(ops::ids::kSignalAutoScale, ops::SignalAutoScaleAttrs{}, {c.In(0)}, 2);
  c.Out(0, both[0]);
  c.Out(1, both[1]);
}

// Real and imaginary parts side by side; real samples by the definition, 16-bit ones in fixed point.
void Rfft(OperatorContext& c) {
  Builder& b = c.b;
  const int64_t length = FlexOptions(c).Int("fft_length");
  const ValueId x = c.In(0);
  if (b.dtype(x) != DType::kF32) {
    return c.Out(0, b.Op(ops::ids::kSignalRfft, ops::SignalRfftAttrs{length}, {x}));
  }
  std::vector<int64_t> dims = c.Dims(x);
  if (dims.empty()) return c.Invalid("wants one dimension or more");
  std::vector<int64_t> to = dims;
  to.back() = 2 * (length / 2 + 1);
  dims.push_back(1);
  const ops::DftAttrs attrs{b.rank(x) - 1, length, false, true};
  c.Out(0, b.Reshape(b.Op(ops::ids::kDft, attrs, {b.Reshape(x, dims)}), to));
}

// re^2 + im^2 from start to end; 0 elsewhere.
void Energy(OperatorContext& c) {
  Builder& b = c.b;
  const FlexOptions options(c);
  const ValueId parts = b.Reshape(b.Cast(c.In(0), DType::kI32), {-1, 2});
  const int64_t count = b.Dim(parts, 0);
  const int64_t start = std::clamp<int64_t>(options.Int("start_index"), 0, count);
  const int64_t end = std::clamp<int64_t>(options.Int("end_index"), start, count);
  std::vector<int64_t> wanted(static_cast<size_t>(count), 0);
  std::fill(wanted.begin() + start, wanted.begin() + end, 1);
  const ValueId mask = b.Cast(b.IntsConstant(wanted), DType::kI32);
  const ValueId energy = b.Reduce(ops::ReduceKind::kSum, b.Mul(parts, parts), {1}, false);
  c.Out(0, b.Cast(b.Mul(energy, mask), DType::kU32));
}

// Each channel sums the bins of its own rising side and of the falling side of the one before: a product with a
// constant matrix. The numbers of all tables are checked here, where they are known.
void FilterBank(OperatorContext& c) {
  Builder& b = c.b;
  const int64_t channels = FlexOptions(c).Int("num_channels");
  const ValueId x = c.In(0);
  const int64_t bins = b.Dim(x, 0);
  std::array<std::vector<int64_t>, 5> tables;  // weights, unweights, first bin, first weight, how many of each channel
  for (size_t i = 0; i < tables.size(); ++i) tables[i] = c.Ints(i + 1, "a table of a filter bank");
  if (!b.ok()) return;
  const auto& [weights, unweights, first_bins, first_weights, widths] = tables;
  constexpr int64_t kMaxCells = 1 << 22;
  if (channels < 1 || channels > kMaxCells / std::max<int64_t>(bins, 1)) {
    return c.Invalid("has " + std::to_string(channels) + " channels");
  }
  const auto rows = static_cast<size_t>(channels) + 1;
  if (first_bins.size() < rows || first_weights.size() < rows || widths.size() < rows) {
    return c.Invalid("has tables that are too short for " + std::to_string(channels) + " channels");
  }
  std::vector<int64_t> matrix(static_cast<size_t>(bins * channels), 0);
  for (size_t row = 0; row < rows; ++row) {
    for (int64_t j = 0; j < widths[row]; ++j) {
      const int64_t bin = first_bins[row] + j;
      const int64_t at = first_weights[row] + j;
      if (bin < 0 || bin >= bins || at < 0 || at >= static_cast<int64_t>(std::min(weights.size(), unweights.size()))) {
        return c.Invalid("has tables that point outside");
      }
      int64_t* const cells = matrix.data() + bin * channels;
      if (row > 0) cells[row - 1] += weights[static_cast<size_t>(at)];
      if (row + 1 < rows) cells[row] += unweights[static_cast<size_t>(at)];
    }
  }
  const ValueId bank = b.Reshape(b.IntsConstant(matrix), {bins, channels});
  const ValueId sums = b.Matmul(b.Reshape(b.Cast(x, DType::kI64), {1, bins}), bank);
  c.Out(0, b.Cast(b.Reshape(sums, {channels}), DType::kU64));
}

void SquareRoot(OperatorContext& c) {
  c.Out(0, c.b.Op(ops::ids::kSignalSqrt, ops::SignalSqrtAttrs{}, {c.In(0), c.In(1)}));
}

// A noise floor that follows each channel slowly, kept from run to run, is taken off; some of the signal always
// remains. Even and odd channels follow with different speeds.
void SpectralSubtraction(OperatorContext& c) {
  Builder& b = c.b;
  const FlexOptions options(c);
  const ValueId x = c.In(0);
  const int64_t count = b.Dim(x, 0);
  const int64_t smoothing_bits = options.Int("smoothing_bits");
  const int64_t bits = options.Int("spectral_subtraction_bits");
  const auto alternating = [&](const char* even, const char* odd) {
    std::vector<int64_t> values;
    const int64_t a = options.Int(even);
    const int64_t z = options.Int(odd);
    for (int64_t i = 0; b.ok() && i < count; ++i) values.push_back(i % 2 == 0 ? a : z);
    return b.Cast(b.IntsConstant(values), DType::kU64);
  };
  const ValueId follow = alternating("smoothing", "alternate_smoothing");
  const ValueId keep = alternating("one_minus_smoothing", "alternate_one_minus_smoothing");
  const size_t variable = c.AddVariable({c.Declared(1).name + "/now", DType::kU32, b.shape(x)});
  const ValueId noise = b.ok() ? c.Now(variable) : kNoValue;
  const auto wide = [&](ValueId value) { return b.Cast(value, DType::kU64); };
  const auto narrow = [&](ValueId value) { return b.Cast(ShiftRight(b, value, bits), DType::kU32); };
  const ValueId scaled = b.Binary(BinaryKind::kShiftLeft, x, ScalarLike(b, x, smoothing_bits));
  const ValueId estimate = narrow(b.Add(b.Mul(wide(scaled), follow), b.Mul(wide(noise), keep)));
  const ValueId bounded = b.Binary(BinaryKind::kMin, estimate, scaled);
  const ValueId floor =
      narrow(b.Mul(wide(x), b.Scalar(DType::kU64, static_cast<double>(options.Int("min_signal_remaining")))));
  const ValueId subtracted = ShiftRight(b, b.Sub(scaled, bounded), smoothing_bits);
  c.Out(0, b.Binary(BinaryKind::kMax, subtracted, floor));
  const ValueId next = options.Int("clamping") != 0 ? bounded : estimate;
  c.SetNext(variable, next);
  c.Out(1, next);
}

void Pcan(OperatorContext& c) {
  const ops::SignalPcanAttrs attrs{FlexOptions(c).Int("snr_shift")};
  c.Out(0, c.b.Op(ops::ids::kSignalPcan, attrs, {c.In(0), c.In(1), c.In(2)}));
}

void Log(OperatorContext& c) {
  const FlexOptions options(c);
  const ops::SignalLogAttrs attrs{options.Int("output_scale"), options.Int("input_correction_bits")};
  c.Out(0, c.b.Op(ops::ids::kSignalLog, attrs, {c.In(0)}));
}

constexpr Quantised kAny = Quantised::kAny;
constexpr Converter kTable[] = {
    {BuiltinOperator::CUSTOM, Window, kAny, false, nullptr, "SignalWindow"},
    {BuiltinOperator::CUSTOM, FftAutoScale, kAny, false, nullptr, "SignalFftAutoScale"},
    {BuiltinOperator::CUSTOM, Rfft, kAny, false, nullptr, "SignalRfft"},
    {BuiltinOperator::CUSTOM, Energy, kAny, false, nullptr, "SignalEnergy"},
    {BuiltinOperator::CUSTOM, FilterBank, kAny, false, nullptr, "SignalFilterBank"},
    {BuiltinOperator::CUSTOM, SquareRoot, kAny, false, nullptr, "SignalFilterBankSquareRoot"},
    {BuiltinOperator::CUSTOM, SpectralSubtraction, kAny, false, nullptr, "SignalFilterBankSpectralSubtraction"},
    {BuiltinOperator::CUSTOM, Pcan, kAny, false, nullptr, "SignalPCAN"},
    {BuiltinOperator::CUSTOM, Log, kAny, false, nullptr, "SignalFilterBankLog"},
};

}  // namespace

std::span<const Converter> SignalConverters() { return kTable; }

}  // namespace verge::tflite
