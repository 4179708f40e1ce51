#include "quant/rewrite.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "ops/quantize/quantize.h"
#include "quant/dynamic.h"
#include "quant/forms.h"

namespace verge::quant {
namespace {

class Rewriter {
 public:
  Rewriter(const ir::Graph& from, const std::vector<NodePlan>& plans, const Scales& scales,
           const std::vector<LayerCode>& codes, IntegerIo io)
      : from_(from), plans_(plans), scales_(scales), codes_(codes), io_(io), forms_(from) {}

  Result<ir::Graph> Run() {
    FindNames();
    TakeInputs();
    for (size_t n = 0; n < plans_.size(); ++n) {
      Status status = plans_[n].is_static() ? EmitStatic(n) : EmitFloat(n);
      if (!status.ok()) return std::move(status).WithContext("node '" + from_.nodes[n].name + "'");
    }
    VERGE_TRY(GiveOutputs());
    for (const ir::State& state : from_.states) VERGE_TRY(forms_.Real(state.output));
    return std::move(forms_).Finish();
  }

 private:
  // Whether graph inputs and outputs, which users name, have to stay f32 under their names.
  void FindNames() {
    is_produced_.assign(from_.values.size(), std::nullopt);
    for (size_t n = 0; n < plans_.size(); ++n) {
      if (plans_[n].is_static() && !plans_[n].has_real_output)
        is_produced_[from_.nodes[n].outputs[0]] = plans_[n].dtype();
    }
    for (const ir::ValueId id : from_.inputs) {
      if (!BecomesInteger(id)) forms_.KeepName(id);
    }
    for (const ir::ValueId id : from_.outputs) {
      const bool has_name = is_produced_[id] == DType::kI8 && io_ == IntegerIo::kI8;
      if (!has_name) forms_.KeepName(id);
    }
  }

  // A graph input that a static integer node reads.
  bool BecomesInteger(ir::ValueId id) const {
    if (io_ == IntegerIo::kNone || from_.value(id).dtype != DType::kF32) return false;
    if (std::ranges::count(from_.outputs, id) > 0) return false;
    for (size_t n = 0; n < plans_.size(); ++n) {
      const ir::Node& node = from_.nodes[n];
      for (size_t i = 0; plans_[n].is_static() && i < node.inputs.size(); ++i) {
        if (node.inputs[i] == id && IsData(*plans_[n].rule, i)) return true;
      }
    }
    return false;
  }

  FormType TypeOf(ir::ValueId id, DType dtype) const { return {dtype, scales_.Of(id, dtype)}; }
  FormType IoTypeOf(ir::ValueId id) const {
    FormType type = TypeOf(id, DType::kI8);
    if (io_ != IntegerIo::kU8) return type;
    constexpr int32_t kSignedToUnsigned = 128;
    return {DType::kU8, {type.scale.scale, type.scale.zero_point + kSignedToUnsigned}};
  }

  void TakeInputs() {
    for (ir::ValueId& id : forms_.graph().inputs) {
      if (BecomesInteger(id)) id = forms_.Make(id, IoTypeOf(id));
    }
  }

  Status GiveOutputs() {
    for (ir::ValueId& id : forms_.graph().outputs) {
      const ir::ValueId old = id;
      if (io_ == IntegerIo::kNone || !is_produced_[old]) {
        VERGE_TRY(forms_.Real(old));
      } else if (io_ == IntegerIo::kI8 && is_produced_[old] == DType::kI8) {
        id = *forms_.Find(old, TypeOf(old, DType::kI8));
      } else {
        VERGE_TRY_ASSIGN(id, forms_.Named(old, IoTypeOf(old)));
      }
    }
    return Status::Ok();
  }

  // Nodes that keep f32 activations; their weights become integers when the plan says dynamic.
  Status EmitFloat(size_t n) {
    ir::Node node = from_.nodes[n];
    for (const ir::ValueId id : node.inputs) {
      if (id != ir::kNoValue) VERGE_TRY(forms_.Real(id));
    }
    if (plans_[n].dynamic != nullptr) MakeDynamic(from_, *plans_[n].dynamic, forms_, node);
    return forms_.Emit(std::move(node));
  }

  Status EmitStatic(size_t n) {
    const NodePlan& plan = plans_[n];
    ir::Node node = from_.nodes[n];
    const ir::ValueId result = node.outputs[0];
    const FormType result_type = TypeOf(result, plan.dtype());
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const ir::ValueId id = node.inputs[i];
      if (id == ir::kNoValue || !IsData(*plan.rule, i)) continue;
      const bool shares = plan.rule->output == OutputScale::kAsInputs;
      VERGE_TRY_ASSIGN(node.inputs[i], forms_.Integer(id, shares ? FormType{plan.dtype(), result_type.scale}
                                                                 : TypeOf(id, plan.dtype())));
    }
    if (plan.is_layer()) SetLayer(codes_[n], *plan.rule, node);
    if (node.op == ops::ids::kPad) {
      auto& attrs = node.attrs.As<ops::PadAttrs>();
      attrs.value = static_cast<float>(ops::QuantiseReal(
          attrs.value, result_type.scale.scale, result_type.scale.zero_point, ops::RangeOfDType(result_type.dtype)));
    }
    if (!plan.has_real_output) node.outputs[0] = forms_.Make(result, result_type);
    return forms_.Emit(std::move(node));
  }

  void SetLayer(const LayerCode& code, const Rule& rule, ir::Node& node) {
    const std::string bias_name = HasBias(node) ? from_.value(node.inputs[2]).name : node.name + ".bias";
    node.inputs[1] = forms_.Weights(node.inputs[1], rule.weight_axis, code.weights);
    if (code.bias.empty()) return;
    node.inputs.resize(3, ir::kNoValue);
    node.inputs[2] = forms_.Bias(bias_name, node.inputs[2], code);
  }

  const ir::Graph& from_;
  const std::vector<NodePlan>& plans_;
  const Scales& scales_;
  const std::vector<LayerCode>& codes_;
  const IntegerIo io_;
  Forms forms_;
  std::vector<std::optional<DType>> is_produced_;  // of each value: the type a static integer node makes it in
};

}  // namespace

Result<ir::Graph> Rewrite(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                          const std::vector<LayerCode>& codes, IntegerIo io) {
  return Rewriter(graph, plans, scales, codes, io).Run();
}

}  // namespace verge::quant
