#include "ops/lstm/lstm_integer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ops/fixed_point.h"
#include "ops/scratch.h"
#include "ops/sequence.h"

namespace verge::ops {
namespace {

constexpr float kGateScale = 1.0f / 4096;  // without layer normalisation a gate has 3 integer bits
constexpr int16_t kOne = 32767;            // of a number without integer bits

bool Has(const RunArgs& args, size_t i) { return i < args.inputs.size() && args.inputs[i].data != nullptr; }

template <typename T>
T Saturate(int64_t x) {
  return static_cast<T>(std::clamp<int64_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

// A matrix with its bias, the zero point of what it multiplies folded in, and the factor to the result's scale.
struct Matrix {
  const int8_t* w = nullptr;
  size_t columns = 0;
  std::span<int32_t> bias;
  FixedScale factor;

  // `zero` times the sum of each row is added to the bias; sums wrap.
  Matrix(const Tensor& tensor, const int32_t* stated_bias, int64_t zero, float scale, std::span<int32_t> memory)
      : w(tensor.as<const int8_t>()),
        columns(static_cast<size_t>(tensor.shape()[1])),
        bias(memory),
        factor(MakeFixedScale(static_cast<double>(scale))) {
    for (size_t r = 0; r < bias.size(); ++r) {
      int64_t sum = 0;
      for (size_t k = 0; k < columns; ++k) sum += w[r * columns + k];
      bias[r] = static_cast<int32_t>((stated_bias != nullptr ? stated_bias[r] : 0) + zero * sum);
    }
  }

  int32_t Row(const int8_t* v, size_t r) const {
    int64_t sum = bias[r];
    for (size_t k = 0; k < columns; ++k) sum += static_cast<int32_t>(w[r * columns + k]) * static_cast<int32_t>(v[k]);
    return Rescale(static_cast<int32_t>(sum), factor);
  }
};

// The 16-bit layer normalisation: (z - mean) / deviation with 10 more bits, times the coefficients, plus the bias.
struct Norm {
  const int16_t* weights = nullptr;
  const int32_t* bias = nullptr;
  FixedScale factor;
  int32_t smallest_variance = 1;

  void Apply(std::span<int16_t> z) const {
    const auto count = static_cast<int64_t>(z.size());
    int64_t sum = 0;
    int64_t squares = 0;
    for (const int16_t v : z) {
      sum += v;
      squares += static_cast<int64_t>(v) * v;
    }
    constexpr int64_t kTwo20 = 1 << 20;
    const int64_t mean = sum * 1024 / count;
    auto variance = static_cast<int32_t>((squares * (kTwo20 / count) - mean * mean) / kTwo20);
    if (variance < 1) variance = smallest_variance;
    const FixedScale inverse = FixedInverseSqrt(variance);
    const FixedScale to_gate = {factor.multiplier, std::min(factor.shift + 12, 30)};
    for (size_t j = 0; j < z.size(); ++j) {
      const int32_t normal = Rescale(static_cast<int32_t>(1024 * z[j] - mean), inverse);
      const int64_t weighted = static_cast<int64_t>(normal) * weights[j] + bias[j];
      const auto rounded = static_cast<int32_t>((weighted > 0 ? weighted + 512 : weighted - 512) / 1024);
      z[j] = Saturate<int16_t>(Rescale(rounded, to_gate));
    }
  }
};

struct Peephole {
  const int16_t* weights = nullptr;
  FixedScale factor;
};

struct Gate {
  Matrix w;
  Matrix r;
  std::optional<Peephole> peephole;
  std::optional<Norm> norm;
};

// The state of a row of the batch, the gates of a step, and the biases with the zero points folded in.
struct IntegerMemory {
  std::span<int8_t> h;
  std::span<int16_t> c;
  std::span<int8_t> m;
  std::array<std::span<int16_t>, kLstmGates> gates;
  std::array<std::span<int32_t>, kLstmGates> w_bias;
  std::array<std::span<int32_t>, kLstmGates> r_bias;
  std::span<int32_t> projection_bias;

  IntegerMemory(Scratch& scratch, const LstmSizes& sizes) {
    const auto cells = static_cast<size_t>(sizes.cells);
    const auto out = static_cast<size_t>(sizes.out);
    h = scratch.Take<int8_t>(out);
    c = scratch.Take<int16_t>(cells);
    m = scratch.Take<int8_t>(cells);
    for (size_t k = 0; k < kLstmGates; ++k) {
      gates[k] = scratch.Take<int16_t>(cells);
      w_bias[k] = scratch.Take<int32_t>(cells);
      r_bias[k] = scratch.Take<int32_t>(cells);
    }
    projection_bias = scratch.Take<int32_t>(out);
  }
};

class IntegerCell {
 public:
  IntegerCell(const RunArgs& args, const LstmSizes& sizes, const IntegerMemory& memory)
      : memory_(memory),
        attrs_(args.attrs.As<LstmAttrs>()),
        cells_(static_cast<size_t>(sizes.cells)),
        out_(static_cast<size_t>(sizes.out)),
        output_zero_(args.inputs[kLstmH].type.quant.zero_points[0]) {
    const float cell_scale = args.inputs[kLstmC].type.quant.scales[0];
    cell_exponent_ = std::ilogb(cell_scale);
    for (size_t k = 0; k < kLstmGates; ++k) {
      if (Has(args, kLstmW + k)) gates_[k] = MakeGate(args, k, cell_scale);
    }
    const auto to_hidden = static_cast<float>(std::ldexp(1.0, -30) / static_cast<double>(attrs_.hidden_scale));
    hidden_ = MakeFixedScale(static_cast<double>(to_hidden));
    if (attrs_.cell_clip > 0.0f) cell_clip_ = static_cast<int16_t>(std::min(attrs_.cell_clip / cell_scale, 32767.0f));
    if (!Has(args, kLstmProjection)) return;
    const Tensor& p = args.inputs[kLstmProjection];
    const float output_scale = args.inputs[kLstmH].type.quant.scales[0];
    const int32_t* bias =
        Has(args, kLstmProjectionBias) ? args.inputs[kLstmProjectionBias].as<const int32_t>() : nullptr;
    projection_.emplace(p, bias, attrs_.hidden_zero, p.type.quant.scales[0] * attrs_.hidden_scale / output_scale,
                        memory_.projection_bias);
    if (attrs_.proj_clip > 0.0f) proj_clip_ = static_cast<int8_t>(std::min(attrs_.proj_clip / output_scale, 127.0f));
  }

  void SetState(const int8_t* h, const int16_t* c) {
    std::copy_n(h, out_, memory_.h.begin());
    std::copy_n(c, cells_, memory_.c.begin());
  }
  std::span<const int8_t> h() const { return memory_.h; }
  std::span<const int16_t> c() const { return memory_.c; }

  void Step(const int8_t* x) {
    const std::span<int16_t> c = memory_.c;
    const std::span<int16_t> forget = Run(kForgetGate, x);
    const std::span<int16_t> fresh = Run(kCellGate, x);
    std::span<int16_t> input = memory_.gates[kInputGate];
    if (gates_[kInputGate]) {
      input = Run(kInputGate, x);
    } else {
      for (size_t j = 0; j < cells_; ++j) input[j] = static_cast<int16_t>(kOne - forget[j]);
    }
    for (size_t j = 0; j < cells_; ++j) {
      const auto kept = static_cast<int16_t>(RoundingShiftRight(forget[j] * c[j], 15));
      const auto added = static_cast<int16_t>(RoundingShiftRight(input[j] * fresh[j], 30 + cell_exponent_));
      c[j] = Saturate<int16_t>(kept + added);
      if (cell_clip_ > 0) c[j] = std::clamp<int16_t>(c[j], static_cast<int16_t>(-cell_clip_), cell_clip_);
    }
    WriteOutput(Run(kOutputGate, x));
  }

 private:
  Gate MakeGate(const RunArgs& args, size_t k, float cell_scale) const {
    const QuantView& x = args.inputs[kLstmX].type.quant;
    const QuantView& h = args.inputs[kLstmH].type.quant;
    const Tensor& w = args.inputs[kLstmW + k];
    const Tensor& r = args.inputs[kLstmR + k];
    const auto* bias = args.inputs[kLstmB + k].as<const int32_t>();
    const bool has_norm = Has(args, kLstmNorm + k);
    const float stated[] = {attrs_.gate_scale_input, attrs_.gate_scale_forget, attrs_.gate_scale_cell,
                            attrs_.gate_scale_output};
    const float scale = has_norm ? stated[k] : kGateScale;
    Gate gate{
        .w = Matrix(w, has_norm ? nullptr : bias, -static_cast<int64_t>(x.zero_points[0]),
                    w.type.quant.scales[0] * x.scales[0] / scale, memory_.w_bias[k]),
        .r = Matrix(r, nullptr, -static_cast<int64_t>(h.zero_points[0]), r.type.quant.scales[0] * h.scales[0] / scale,
                    memory_.r_bias[k]),
        .peephole = {},
        .norm = {},
    };
    const size_t p = kLstmP + (k == kOutputGate ? 2 : k);
    if (k != kCellGate && Has(args, p)) {
      const Tensor& weights = args.inputs[p];
      const auto factor = static_cast<double>(cell_scale) * static_cast<double>(weights.type.quant.scales[0]) /
                          static_cast<double>(scale);
      gate.peephole = {weights.as<const int16_t>(), MakeFixedScale(static_cast<double>(static_cast<float>(factor)))};
    }
    if (has_norm) {
      const Tensor& l = args.inputs[kLstmNorm + k];
      const float l_scale = l.type.quant.scales[0];
      gate.norm = {l.as<const int16_t>(), bias, MakeFixedScale(static_cast<double>(l_scale)),
                   std::max(1, static_cast<int32_t>(std::min(10000 * l_scale, 1e9f)))};
    }
    return gate;
  }

  std::span<int16_t> Run(size_t k, const int8_t* x) const {
    const Gate& gate = *gates_[k];
    const std::span<int16_t> z = memory_.gates[k];
    for (size_t j = 0; j < cells_; ++j) {
      z[j] = Saturate<int16_t>(gate.w.Row(x, j));
      z[j] = Saturate<int16_t>(static_cast<int64_t>(z[j]) + gate.r.Row(memory_.h.data(), j));
      if (!gate.peephole) continue;
      z[j] = Saturate<int16_t>(static_cast<int64_t>(z[j]) +
                               Rescale(gate.peephole->weights[j] * memory_.c[j], gate.peephole->factor));
    }
    if (gate.norm) gate.norm->Apply(z);
    for (int16_t& v : z) v = k == kCellGate ? FixedTanh(v, 3) : FixedLogistic(v, 3);
    return z;
  }

  void WriteOutput(std::span<const int16_t> output) {
    const std::span<int8_t> m = memory_.m;
    const std::span<int8_t> h = memory_.h;
    // The projection's bias expects the negated zero point.
    const int64_t zero = projection_ ? -attrs_.hidden_zero : attrs_.hidden_zero;
    for (size_t j = 0; j < cells_; ++j) {
      const int32_t product = output[j] * FixedTanh(memory_.c[j], 15 + cell_exponent_);
      m[j] = Saturate<int8_t>(Rescale(product, hidden_) + zero);
    }
    if (!projection_) {
      std::copy(m.begin(), m.end(), h.begin());
      return;
    }
    for (size_t j = 0; j < out_; ++j) {
      h[j] = Saturate<int8_t>(static_cast<int64_t>(projection_->Row(m.data(), j)) + output_zero_);
      if (proj_clip_ > 0) h[j] = std::clamp<int8_t>(h[j], static_cast<int8_t>(-proj_clip_), proj_clip_);
    }
  }

  const IntegerMemory& memory_;
  const LstmAttrs& attrs_;
  size_t cells_;
  size_t out_;
  int32_t output_zero_;
  int cell_exponent_ = 0;
  std::optional<Gate> gates_[kLstmGates];
  FixedScale hidden_;
  int16_t cell_clip_ = 0;
  std::optional<Matrix> projection_;
  int8_t proj_clip_ = 0;
};

}  // namespace

size_t IntegerLstmScratch(const LstmSizes& sizes) {
  Scratch scratch(nullptr);
  IntegerMemory(scratch, sizes);
  return scratch.bytes();
}

void RunIntegerLstm(const RunArgs& args, const LstmSizes& sizes) {
  const auto& attrs = args.attrs.As<LstmAttrs>();
  const SequenceLayout layout = {attrs.is_time_major, attrs.is_reversed, static_cast<size_t>(sizes.steps),
                                 static_cast<size_t>(sizes.batch)};
  const auto out = static_cast<size_t>(sizes.out);
  const auto cells = static_cast<size_t>(sizes.cells);
  Scratch scratch(args.scratch);
  const IntegerMemory memory(scratch, sizes);
  IntegerCell cell(args, sizes, memory);
  for (size_t b = 0; b < layout.batch; ++b) {
    cell.SetState(args.inputs[kLstmH].as<const int8_t>() + b * out,
                  args.inputs[kLstmC].as<const int16_t>() + b * cells);
    for (size_t k = 0; k < layout.steps; ++k) {
      const size_t row = layout.Row(k, b);
      cell.Step(args.inputs[kLstmX].as<const int8_t>() + row * static_cast<size_t>(sizes.in));
      std::copy(cell.h().begin(), cell.h().end(), args.outputs[0].as<int8_t>() + row * out);
    }
    std::copy(cell.h().begin(), cell.h().end(), args.outputs[1].as<int8_t>() + b * out);
    std::copy(cell.c().begin(), cell.c().end(), args.outputs[2].as<int16_t>() + b * cells);
  }
}

}  // namespace verge::ops
