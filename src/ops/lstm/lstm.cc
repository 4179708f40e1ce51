#include "ops/lstm/lstm.h"

#include <cmath>
#include <string>

#include "ops/hybrid_product.h"
#include "ops/rule_checks.h"

namespace verge::ops {
namespace {

constexpr const char* kNames[kLstmInputs] = {"x",   "w_i", "w_f", "w_g", "w_o", "r_i", "r_f", "r_g", "r_o", "p_i",
                                             "p_f", "p_o", "b_i", "b_f", "b_g", "b_o", "w_p", "b_p", "h",   "c",
                                             "l_i", "l_f", "l_g", "l_o", "aux", "a_i", "a_f", "a_g", "a_o"};

enum class Form { kFloat, kHybrid, kInteger };

Status Fail(size_t input, const std::string& what) {
  return VERGE_ERROR(kInvalidArgument, InputLabel(static_cast<int>(input), kNames[input]) + " " + what);
}

class Checker {
 public:
  explicit Checker(const InferArgs& args) : args_(args), attrs_(args.attrs.As<LstmAttrs>()) {}

  Status Run() {
    VERGE_TRY(CheckForm());
    VERGE_TRY(CheckSizes());
    VERGE_TRY(CheckPresence());
    for (size_t i = 0; i < args_.inputs.size(); ++i) {
      if (args_.inputs[i].is_present) VERGE_TRY(CheckType(i));
    }
    return form_ == Form::kInteger ? CheckInteger() : Status::Ok();
  }

  const LstmSizes& sizes() const { return sizes_; }
  DType activations() const { return form_ == Form::kInteger ? DType::kI8 : DType::kF32; }
  DType cell() const { return form_ == Form::kInteger ? DType::kI16 : DType::kF32; }

 private:
  const TensorType& Type(size_t input) const { return args_.inputs[input].type; }

  Status CheckForm() {
    VERGE_TRY(CheckInput(args_, kLstmX, "x", {DType::kF32, DType::kI8}, kAnyRank));
    VERGE_TRY(CheckInput(args_, kLstmW + kForgetGate, "w_f", {DType::kF32, DType::kI8, DType::kU8}, 2));
    VERGE_TRY(CheckInput(args_, kLstmR + kForgetGate, "r_f", {DType::kF32, DType::kI8, DType::kU8}, 2));
    weights_ = Type(kLstmW + kForgetGate).dtype;
    if (Type(kLstmX).dtype == DType::kI8) {
      form_ = Form::kInteger;
      weights_ = DType::kI8;
    } else if (IsHybridDType(weights_)) {
      form_ = Form::kHybrid;
    }
    return Status::Ok();
  }

  Status CheckSizes() {
    const Shape& x = Type(kLstmX).shape;
    if (x.rank() != 2 && x.rank() != 3) return Fail(kLstmX, "has shape " + ToString(x) + ", wants 2 or 3 dimensions");
    sizes_ = LstmSizesOf(attrs_, x, Type(kLstmW + kForgetGate).shape, Type(kLstmR + kForgetGate).shape);
    if (HasInput(args_, kLstmAux)) {
      const Shape& aux = Type(kLstmAux).shape;
      if (aux.rank() != x.rank())
        return Fail(kLstmAux, "has shape " + ToString(aux) + ", wants as many dimensions as x");
      sizes_.aux = aux[aux.rank() - 1];
    }
    if (HasInput(args_, kLstmProjection) || sizes_.out == sizes_.cells) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "has " + std::to_string(sizes_.cells) + " cells and " +
                                             std::to_string(sizes_.out) + " outputs but no projection");
  }

  // All of the list must be there, or all must be omitted.
  Status AllOrNone(std::initializer_list<size_t> inputs, bool wanted) const {
    for (const size_t i : inputs) {
      if (HasInput(args_, i) != wanted) return Fail(i, wanted ? "is required here and missing" : "has no use here");
    }
    return Status::Ok();
  }

  Status CheckPresence() const {
    for (const size_t base : {kLstmW, kLstmR, kLstmB}) {
      VERGE_TRY(AllOrNone({base + kForgetGate, base + kCellGate, base + kOutputGate}, true));
    }
    VERGE_TRY(AllOrNone({kLstmH, kLstmC}, true));
    const bool has_input_gate = HasInput(args_, kLstmW);
    VERGE_TRY(AllOrNone({kLstmR, kLstmB}, has_input_gate));
    const bool has_peephole = HasInput(args_, kLstmP + 1);
    VERGE_TRY(AllOrNone({kLstmP + 2}, has_peephole));
    VERGE_TRY(AllOrNone({kLstmP}, has_peephole && has_input_gate));
    const bool has_norm = HasInput(args_, kLstmNorm + kForgetGate);
    VERGE_TRY(AllOrNone({kLstmNorm + kCellGate, kLstmNorm + kOutputGate}, has_norm));
    VERGE_TRY(AllOrNone({kLstmNorm}, has_norm && has_input_gate));
    const bool has_aux = HasInput(args_, kLstmAux);
    VERGE_TRY(AllOrNone({kLstmAuxW + kForgetGate, kLstmAuxW + kCellGate, kLstmAuxW + kOutputGate}, has_aux));
    VERGE_TRY(AllOrNone({kLstmAuxW}, has_aux && has_input_gate));
    if (!HasInput(args_, kLstmProjection)) VERGE_TRY(AllOrNone({kLstmProjectionBias}, false));
    return Status::Ok();
  }

  bool IsMatrix(size_t i) const {
    return (i >= kLstmW && i < kLstmP) || i == kLstmProjection || (i >= kLstmAuxW && i < kLstmInputs);
  }

  Shape WantShape(size_t i) const {
    if (i == kLstmX || i == kLstmAux) {
      Shape shape = Type(kLstmX).shape;
      shape.set(shape.rank() - 1, i == kLstmX ? sizes_.in : sizes_.aux);
      return shape;
    }
    if (i < kLstmR) return {sizes_.cells, sizes_.in};
    if (i < kLstmP) return {sizes_.cells, sizes_.out};
    if (i == kLstmProjection) return {sizes_.out, sizes_.cells};
    if (i == kLstmProjectionBias) return {sizes_.out};
    if (i == kLstmH) return {sizes_.batch, sizes_.out};
    if (i == kLstmC) return {sizes_.batch, sizes_.cells};
    return i >= kLstmAuxW ? Shape{sizes_.cells, sizes_.aux} : Shape{sizes_.cells};
  }

  DType WantDType(size_t i) const {
    if (IsMatrix(i)) return weights_;
    const bool is_peephole = i >= kLstmP && i < kLstmB;
    if (form_ != Form::kInteger) return is_peephole ? weights_ : DType::kF32;
    if (i == kLstmX || i == kLstmH) return DType::kI8;
    if (is_peephole || i == kLstmC || (i >= kLstmNorm && i < kLstmAux)) return DType::kI16;
    return DType::kI32;
  }

  // One scale above 0; `is_symmetric`: and zero point 0.
  Status CheckScale(size_t i, bool is_symmetric) const {
    const QuantView& quant = Type(i).quant;
    if (quant.scales.size() != 1 || !(quant.scales[0] > 0.0f)) {
      return Fail(i, "has " + std::to_string(quant.scales.size()) + " scales, wants one above 0");
    }
    if (is_symmetric && quant.zero_points[0] != 0) {
      return Fail(i, "has zero point " + std::to_string(quant.zero_points[0]) + ", wants 0");
    }
    return Status::Ok();
  }

  Status CheckType(size_t i) const {
    VERGE_TRY(CheckInput(args_, static_cast<int>(i), kNames[i], {WantDType(i)}, kAnyRank));
    const Shape want = WantShape(i);
    if (Type(i).shape != want) {
      return Fail(i, "has shape " + ToString(Type(i).shape) + ", wants " + ToString(want));
    }
    const bool is_weight = IsMatrix(i) || (i >= kLstmP && i < kLstmB);
    // Hybrid files of the first version state zero points that mean nothing.
    if (is_weight && form_ != Form::kFloat) VERGE_TRY(CheckScale(i, form_ == Form::kInteger));
    return Status::Ok();
  }

  Status CheckInteger() const {
    if (HasInput(args_, kLstmAux)) return Fail(kLstmAux, "has no integer form");
    if (static_cast<CellActivation>(attrs_.activation) != CellActivation::kTanh) {
      return VERGE_ERROR(kUnsupported, "attribute activation is not tanh, which the integer form wants");
    }
    for (const size_t i : {kLstmX, kLstmH, kLstmC}) VERGE_TRY(CheckScale(i, i == kLstmC));
    int exponent = 0;
    const float mantissa = std::frexp(Type(kLstmC).quant.scales[0], &exponent);
    if (mantissa != 0.5f || exponent - 1 < -15 || exponent - 1 > -9) {
      return Fail(kLstmC, "has the scale " + std::to_string(Type(kLstmC).quant.scales[0]) +
                              ", wants a power of two from 2^-15 to 2^-9");
    }
    if (!(attrs_.hidden_scale > 0.0f)) {
      return VERGE_ERROR(kInvalidArgument, "attribute hidden_scale is not above 0, which the integer form wants");
    }
    if (!HasInput(args_, kLstmNorm + kForgetGate)) return Status::Ok();
    const float gate_scales[] = {attrs_.gate_scale_input, attrs_.gate_scale_forget, attrs_.gate_scale_cell,
                                 attrs_.gate_scale_output};
    for (size_t k = 0; k < kLstmGates; ++k) {
      if (!HasInput(args_, kLstmNorm + k)) continue;
      VERGE_TRY(CheckScale(kLstmNorm + k, false));
      if (gate_scales[k] > 0.0f) continue;
      return VERGE_ERROR(kInvalidArgument, "attributes gate_scale_* are not above 0, which layer normalisation wants");
    }
    return Status::Ok();
  }

  const InferArgs& args_;
  const LstmAttrs& attrs_;
  Form form_ = Form::kFloat;
  DType weights_ = DType::kF32;
  LstmSizes sizes_;
};

}  // namespace

LstmSizes LstmSizesOf(const LstmAttrs& attrs, const Shape& x, const Shape& forget_w, const Shape& forget_r) {
  LstmSizes sizes;
  const bool is_sequence = x.rank() == 3;
  if (is_sequence) sizes.steps = attrs.is_time_major ? x[0] : x[1];
  sizes.batch = is_sequence && attrs.is_time_major ? x[1] : x[0];
  sizes.in = x[x.rank() - 1];
  sizes.cells = forget_w[0];
  sizes.out = forget_r[1];
  return sizes;
}

Status InferLstm(const InferArgs& args) {
  Checker checker(args);
  VERGE_TRY(checker.Run());
  const LstmSizes& sizes = checker.sizes();
  Shape y = args.inputs[kLstmX].type.shape;
  y.set(y.rank() - 1, sizes.out);
  args.outputs[0].dtype = checker.activations();
  args.outputs[0].shape = y;
  args.outputs[1].dtype = checker.activations();
  args.outputs[1].shape = {sizes.batch, sizes.out};
  args.outputs[2].dtype = checker.cell();
  args.outputs[2].shape = {sizes.batch, sizes.cells};
  return Status::Ok();
}

uint64_t MacsLstm(const OpAttrs& attrs, std::span<const TensorType> inputs, std::span<const TensorType> /*outputs*/) {
  const LstmSizes sizes = LstmSizesOf(attrs.As<LstmAttrs>(), inputs[kLstmX].shape, inputs[kLstmW + kForgetGate].shape,
                                      inputs[kLstmR + kForgetGate].shape);
  const auto steps = static_cast<uint64_t>(sizes.steps * sizes.batch);
  const auto columns = static_cast<uint64_t>(sizes.in + sizes.aux + sizes.out);
  const bool has_projection = sizes.out != sizes.cells;
  const auto cells = static_cast<uint64_t>(sizes.cells);
  return steps * cells * (kLstmGates * columns + (has_projection ? static_cast<uint64_t>(sizes.out) : 0));
}

}  // namespace verge::ops
