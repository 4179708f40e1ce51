#include <algorithm>
#include <cmath>
#include <vector>

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

// The float and the hybrid form: the state of one row of the batch.
class FloatCell {
 public:
  explicit FloatCell(const RunArgs& args, const LstmSizes& sizes)
      : args_(args),
        a_(args.attrs.As<LstmAttrs>()),
        weights_(args.inputs[kLstmW + kForgetGate].dtype()),
        cells_(static_cast<size_t>(sizes.cells)),
        out_(static_cast<size_t>(sizes.out)),
        in_(static_cast<size_t>(sizes.in)),
        aux_(static_cast<size_t>(sizes.aux)),
        m_(cells_) {}

  void SetState(const float* h, const float* c) {
    h_.assign(h, h + out_);
    c_.assign(c, c + cells_);
  }
  const std::vector<float>& h() const { return h_; }
  const std::vector<float>& c() const { return c_; }

  void Step(const float* x, const float* aux) {
    const HybridVector xv = Quantised(x, in_);
    const HybridVector hv = Quantised(h_.data(), out_);
    const HybridVector av = Quantised(aux, aux == nullptr ? 0 : aux_);
    const std::vector<float> forget = Gate(kForgetGate, xv, hv, av);
    const std::vector<float> fresh = Gate(kCellGate, xv, hv, av);
    std::vector<float> input(cells_);
    if (Has(args_, kLstmW)) {
      input = Gate(kInputGate, xv, hv, av);
    } else {
      for (size_t j = 0; j < cells_; ++j) input[j] = 1.0f - forget[j];
    }
    for (size_t j = 0; j < cells_; ++j) c_[j] = Clip(forget[j] * c_[j] + input[j] * fresh[j], a_.cell_clip);
    const std::vector<float> output = Gate(kOutputGate, xv, hv, av);
    for (size_t j = 0; j < cells_; ++j) m_[j] = output[j] * ApplyCellActivation(a_.activation, c_[j]);
    Project();
  }

 private:
  HybridVector Quantised(const float* v, size_t size) const {
    return {v, size, size == 0 ? DType::kF32 : weights_, a_.asymmetric_inputs};
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

  std::vector<float> Gate(size_t gate, const HybridVector& x, const HybridVector& h, const HybridVector& aux) const {
    std::vector<float> z(cells_);
    const float* bias = At(args_, kLstmB + gate);
    const float* norm = At(args_, kLstmNorm + gate);
    for (size_t j = 0; j < cells_; ++j) {
      z[j] = norm == nullptr ? bias[j] : 0.0f;
      z[j] += x.Row(args_.inputs[kLstmW + gate], j);
      if (aux_ > 0) z[j] += aux.Row(args_.inputs[kLstmAuxW + gate], j);
      z[j] += h.Row(args_.inputs[kLstmR + gate], j);
      z[j] += Peephole(gate, j) * c_[j];
    }
    if (norm != nullptr) Normalise(norm, bias, z);
    const auto sigmoid = static_cast<int32_t>(CellActivation::kSigmoid);
    for (float& v : z) v = ApplyCellActivation(gate == kCellGate ? a_.activation : sigmoid, v);
    return z;
  }

  static void Normalise(const float* norm, const float* bias, std::vector<float>& z) {
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
      h_ = m_;
      return;
    }
    const HybridVector m = Quantised(m_.data(), cells_);
    const float* bias = At(args_, kLstmProjectionBias);
    for (size_t j = 0; j < out_; ++j) {
      const float base = bias != nullptr ? bias[j] : 0.0f;
      h_[j] = Clip(base + m.Row(args_.inputs[kLstmProjection], j), a_.proj_clip);
    }
  }

  const RunArgs& args_;
  const LstmAttrs& a_;
  DType weights_;
  size_t cells_;
  size_t out_;
  size_t in_;
  size_t aux_;
  std::vector<float> m_;
  std::vector<float> h_;
  std::vector<float> c_;
};

void RunFloat(const RunArgs& args, const LstmSizes& sizes) {
  const auto& attrs = args.attrs.As<LstmAttrs>();
  const SequenceLayout layout = {attrs.is_time_major, attrs.is_reversed, static_cast<size_t>(sizes.steps),
                                 static_cast<size_t>(sizes.batch)};
  const auto out = static_cast<size_t>(sizes.out);
  const auto cells = static_cast<size_t>(sizes.cells);
  const float* aux = At(args, kLstmAux);
  FloatCell cell(args, sizes);
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

}  // namespace

extern const Kernel kLstmRef = {"lstm_f32_s8__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
