#include <algorithm>
#include <array>
#include <cmath>

#include "ops/hybrid_product.h"
#include "ops/kernel.h"
#include "ops/lstm/lstm.h"
#include "ops/lstm/lstm_integer.h"
#include "ops/sequence.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

bool Has(const RunArgs& args, size_t i) { return i < args.inputs.size() && args.inputs[i].data != nullptr; }

const float* At(const RunArgs& args, size_t i) { return Has(args, i) ? args.inputs[i].as<const float>() : nullptr; }

// What one row of the batch needs in the float and the hybrid form: its state, the gates of a step, and the quantised
// forms of what the matrices multiply.
struct FloatMemory {
  std::span<float> h;
  std::span<float> c;
  std::span<float> m;
  std::array<std::span<float>, kLstmGates> gates;
  std::span<int8_t> x;
  std::span<int8_t> state;
  std::span<int8_t> aux;
  std::span<int8_t> projected;

  FloatMemory(Scratch& scratch, DType weights, const LstmSizes& sizes) {
    const auto cells = static_cast<size_t>(sizes.cells);
    const auto out = static_cast<size_t>(sizes.out);
    h = scratch.Take<float>(out);
    c = scratch.Take<float>(cells);
    m = scratch.Take<float>(cells);
    for (std::span<float>& gate : gates) gate = scratch.Take<float>(cells);
    x = TakeHybrid(scratch, static_cast<size_t>(sizes.in), weights);
    state = TakeHybrid(scratch, out, weights);
    aux = TakeHybrid(scratch, static_cast<size_t>(sizes.aux), weights);
    projected = TakeHybrid(scratch, cells, weights);
  }
};

// The float and the hybrid form: the state of one row of the batch.
class FloatCell {
 public:
  FloatCell(const RunArgs& args, const LstmSizes& sizes, const FloatMemory& memory)
      : args_(args),
        a_(args.attrs.As<LstmAttrs>()),
        weights_(args.inputs[kLstmW + kForgetGate].dtype()),
        cells_(static_cast<size_t>(sizes.cells)),
        out_(static_cast<size_t>(sizes.out)),
        in_(static_cast<size_t>(sizes.in)),
        aux_(static_cast<size_t>(sizes.aux)),
        memory_(memory) {}

  void SetState(const float* h, const float* c) {
    std::copy_n(h, out_, memory_.h.begin());
    std::copy_n(c, cells_, memory_.c.begin());
  }
  std::span<const float> h() const { return memory_.h; }
  std::span<const float> c() const { return memory_.c; }

  void Step(const float* x, const float* aux) {
    const HybridVector xv = Quantised(x, in_, memory_.x);
    const HybridVector hv = Quantised(memory_.h.data(), out_, memory_.state);
    const HybridVector av = Quantised(aux, aux == nullptr ? 0 : aux_, memory_.aux);
    const std::span<float> forget = Gate(kForgetGate, xv, hv, av);
    const std::span<float> fresh = Gate(kCellGate, xv, hv, av);
    std::span<float> input = memory_.gates[kInputGate];
    if (Has(args_, kLstmW)) {
      input = Gate(kInputGate, xv, hv, av);
    } else {
      for (size_t j = 0; j < cells_; ++j) input[j] = 1.0f - forget[j];
    }
    const std::span<float> c = memory_.c;
    for (size_t j = 0; j < cells_; ++j) c[j] = Clip(forget[j] * c[j] + input[j] * fresh[j], a_.cell_clip);
    const std::span<float> output = Gate(kOutputGate, xv, hv, av);
    for (size_t j = 0; j < cells_; ++j) memory_.m[j] = output[j] * ApplyCellActivation(a_.activation, c[j]);
    Project();
  }

 private:
  HybridVector Quantised(const float* v, size_t size, std::span<int8_t> memory) const {
    return {v, size, size == 0 ? DType::kF32 : weights_, a_.asymmetric_inputs, memory};
  }

  static float Clip(float x, float limit) { return limit > 0.0f ? std::clamp(x, -limit, limit) : x; }

  // p of a gate at cell j; 0 without.
  float Peephole(size_t gate, size_t j) const {
    const size_t i = kLstmP + (gate == kOutputGate ? 2 : gate);
    if (gate == kCellGate || !Has(args_, i)) return 0.0f;
    const Tensor& p = args_.inputs[i];
    if (!IsHybridDType(p.dtype())) return p.as<const float>()[j];
    return p.type.quant.scales[0] * static_cast<float>(p.as<const int8_t>()[j]);
  }

  std::span<float> Gate(size_t gate, const HybridVector& x, const HybridVector& h, const HybridVector& aux) const {
    const std::span<float> z = memory_.gates[gate];
    const float* bias = At(args_, kLstmB + gate);
    const float* norm = At(args_, kLstmNorm + gate);
    for (size_t j = 0; j < cells_; ++j) {
      z[j] = norm == nullptr ? bias[j] : 0.0f;
      z[j] += x.Row(args_.inputs[kLstmW + gate], j);
      if (aux_ > 0) z[j] += aux.Row(args_.inputs[kLstmAuxW + gate], j);
      z[j] += h.Row(args_.inputs[kLstmR + gate], j);
      z[j] += Peephole(gate, j) * memory_.c[j];
    }
    if (norm != nullptr) Normalise(norm, bias, z);
    const auto sigmoid = static_cast<int32_t>(CellActivation::kSigmoid);
    for (float& v : z) v = ApplyCellActivation(gate == kCellGate ? a_.activation : sigmoid, v);
    return z;
  }

  static void Normalise(const float* norm, const float* bias, std::span<float> z) {
    const auto count = static_cast<double>(z.size());
    double mean = 0;
    for (const float v : z) mean += static_cast<double>(v) / count;
    double variance = 0;
    for (const float v : z) variance += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean) / count;
    const double inverse = 1.0 / std::sqrt(variance + 1e-8);
    for (size_t j = 0; j < z.size(); ++j) {
      z[j] = static_cast<float>((static_cast<double>(z[j]) - mean) * inverse) * norm[j] + bias[j];
    }
  }

  void Project() {
    if (!Has(args_, kLstmProjection)) {
      std::copy(memory_.m.begin(), memory_.m.end(), memory_.h.begin());
      return;
    }
    const HybridVector m = Quantised(memory_.m.data(), cells_, memory_.projected);
    const float* bias = At(args_, kLstmProjectionBias);
    for (size_t j = 0; j < out_; ++j) {
      const float base = bias != nullptr ? bias[j] : 0.0f;
      memory_.h[j] = Clip(base + m.Row(args_.inputs[kLstmProjection], j), a_.proj_clip);
    }
  }

  const RunArgs& args_;
  const LstmAttrs& a_;
  DType weights_;
  size_t cells_;
  size_t out_;
  size_t in_;
  size_t aux_;
  const FloatMemory& memory_;
};

void RunFloat(const RunArgs& args, const LstmSizes& sizes) {
  const auto& attrs = args.attrs.As<LstmAttrs>();
  const SequenceLayout layout = {attrs.is_time_major, attrs.is_reversed, static_cast<size_t>(sizes.steps),
                                 static_cast<size_t>(sizes.batch)};
  const auto out = static_cast<size_t>(sizes.out);
  const auto cells = static_cast<size_t>(sizes.cells);
  const float* aux = At(args, kLstmAux);
  Scratch scratch(args.scratch);
  const FloatMemory memory(scratch, args.inputs[kLstmW + kForgetGate].dtype(), sizes);
  FloatCell cell(args, sizes, memory);
  for (size_t b = 0; b < layout.batch; ++b) {
    cell.SetState(At(args, kLstmH) + b * out, At(args, kLstmC) + b * cells);
    for (size_t k = 0; k < layout.steps; ++k) {
      const size_t row = layout.Row(k, b);
      cell.Step(At(args, kLstmX) + row * static_cast<size_t>(sizes.in),
                aux == nullptr ? nullptr : aux + row * static_cast<size_t>(sizes.aux));
      std::copy(cell.h().begin(), cell.h().end(), args.outputs[0].as<float>() + row * out);
    }
    std::copy(cell.h().begin(), cell.h().end(), args.outputs[1].as<float>() + b * out);
    std::copy(cell.c().begin(), cell.c().end(), args.outputs[2].as<float>() + b * cells);
  }
}

void Run(const RunArgs& args) {
  LstmSizes sizes = LstmSizesOf(args.attrs.As<LstmAttrs>(), args.inputs[kLstmX].shape(),
                                args.inputs[kLstmW + kForgetGate].shape(), args.inputs[kLstmR + kForgetGate].shape());
  if (args.inputs[kLstmX].dtype() == DType::kI8) return RunIntegerLstm(args, sizes);
  if (Has(args, kLstmAux)) sizes.aux = args.inputs[kLstmAux].shape()[args.inputs[kLstmAux].shape().rank() - 1];
  RunFloat(args, sizes);
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  const auto shape = [&](size_t i) -> const Shape& { return args.inputs[i].type.shape; };
  LstmSizes sizes =
      LstmSizesOf(args.attrs.As<LstmAttrs>(), shape(kLstmX), shape(kLstmW + kForgetGate), shape(kLstmR + kForgetGate));
  if (args.inputs[kLstmX].type.dtype == DType::kI8) return KernelNeeds{.scratch_bytes = IntegerLstmScratch(sizes)};
  const bool has_aux = args.inputs.size() > kLstmAux && args.inputs[kLstmAux].is_present;
  if (has_aux) sizes.aux = shape(kLstmAux)[shape(kLstmAux).rank() - 1];
  Scratch scratch(nullptr);
  FloatMemory(scratch, args.inputs[kLstmW + kForgetGate].type.dtype, sizes);
  return KernelNeeds{.scratch_bytes = scratch.bytes()};
}

}  // namespace

extern const Kernel kLstmRef = {"lstm_f32_s8__ref", Supports, Prepare, nullptr, Run};

}  // namespace verge::ops
