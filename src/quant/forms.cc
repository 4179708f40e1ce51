#include "quant/forms.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ir/verify.h"
#include "ops/op_ids.h"
#include "ops/quantize/quantize.h"

namespace verge::quant {
namespace {

bool IsSame(const FormType& a, const FormType& b) {
  return a.dtype == b.dtype && a.scale.scale == b.scale.scale && a.scale.zero_point == b.scale.zero_point;
}

ir::Quant WholeQuant(ops::ScaleZero scale) { return {.scales = {scale.scale}, .zero_points = {scale.zero_point}}; }

int32_t QuantizeDType(DType dtype) {
  const auto is_named = [&](const char* name) { return name == std::string(DTypeName(dtype)); };
  return static_cast<int32_t>(std::ranges::find_if(ops::kQuantizedNames, is_named) - std::begin(ops::kQuantizedNames));
}

ir::Node MakeNode(ops::OpId op, std::string name, ir::ValueId from, ir::ValueId to) {
  ir::Node node = {.op = op, .name = std::move(name), .attrs = {}, .inputs = {from}, .outputs = {to}};
  ops::GetOp(op).init_attrs(node.attrs);
  return node;
}

int AxisOf(int weight_axis) { return weight_axis == kWhole ? 0 : weight_axis; }

template <typename T>
void StoreAs(std::byte* out, size_t i, int64_t v) {
  reinterpret_cast<T*>(out)[i] = static_cast<T>(v);
}

}  // namespace

Forms::Forms(const ir::Graph& from)
    : graph_(from),
      originals_(from.values.size()),
      keeps_name_(originals_, false),
      is_taken_over_(originals_, false),
      is_real_(originals_, true),
      is_native_(originals_, true),
      forms_(originals_) {
  graph_.nodes.clear();
  for (const ir::Value& value : from.values) value_names_.Take(value.name);
  for (const ir::Node& node : from.nodes) node_names_.Take(node.name);
}

std::string Forms::NameFor(ir::ValueId value, DType dtype) {
  const std::string own = graph_.value(value).name;
  if (keeps_name_[value] || is_taken_over_[value]) return value_names_.New(own + "." + DTypeName(dtype));
  is_taken_over_[value] = true;
  graph_.values[value].name = value_names_.New(own + ".f32");
  return own;
}

ir::ValueId Forms::Add(std::string name, const Shape& shape, FormType type) {
  return graph_.AddValue(
      {.name = std::move(name), .dtype = type.dtype, .shape = shape, .quant = WholeQuant(type.scale)});
}

ir::ValueId Forms::Make(ir::ValueId value, FormType type) {
  is_real_[value] = is_native_[value] = false;
  const ir::ValueId id = Add(NameFor(value, type.dtype), graph_.value(value).shape, type);
  forms_[value].push_back({type, id});
  return id;
}

std::optional<ir::ValueId> Forms::Find(ir::ValueId value, FormType type) const {
  for (const Form& form : forms_[value]) {
    if (IsSame(form.type, type)) return form.id;
  }
  return std::nullopt;
}

ir::ValueId Forms::QuantisedConstant(ir::ValueId value, FormType type) {
  const ir::Value original = graph_.value(value);
  const std::span<const float> reals = Floats(original);
  const ir::ValueId id = Add(NameFor(value, type.dtype), original.shape, type);
  const auto bytes = ir::Buffer::Allocate(reals.size() * DTypeBytes(type.dtype));
  for (size_t i = 0; i < reals.size(); ++i) {
    const int32_t q =
        ops::QuantiseReal(reals[i], type.scale.scale, type.scale.zero_point, ops::RangeOfDType(type.dtype));
    type.dtype == DType::kI16 ? StoreAs<int16_t>(bytes->mutable_data(), i, q)
                              : StoreAs<int8_t>(bytes->mutable_data(), i, q);
  }
  graph_.values[id].constant = bytes;
  return id;
}

Result<ir::ValueId> Forms::Integer(ir::ValueId value, FormType type) {
  if (const std::optional<ir::ValueId> known = Find(value, type)) return *known;
  ir::ValueId id = ir::kNoValue;
  if (graph_.value(value).is_constant()) {
    id = QuantisedConstant(value, type);
  } else {
    const ir::ValueId source = is_native_[value] ? value : forms_[value].front().id;
    // A conversion never takes a name over: it is another reading of the value, not the value.
    id =
        Add(value_names_.New(graph_.value(source).name + "." + DTypeName(type.dtype)), graph_.value(value).shape, type);
    ir::Node node = MakeNode(ops::ids::kQuantize, node_names_.New(graph_.value(id).name), source, id);
    node.attrs.As<ops::QuantizeAttrs>().dtype = QuantizeDType(type.dtype);
    VERGE_TRY(Emit(std::move(node)));
  }
  forms_[value].push_back({type, id});
  return id;
}

Result<ir::ValueId> Forms::Named(ir::ValueId value, FormType type) {
  VERGE_TRY_ASSIGN(const ir::ValueId id, Integer(value, type));
  if (!keeps_name_[value]) return id;  // it was given already
  std::swap(graph_.values[id].name, graph_.values[value].name);
  keeps_name_[value] = false;
  is_taken_over_[value] = true;
  return id;
}

Status Forms::Real(ir::ValueId value) {
  if (is_real_[value]) return Status::Ok();
  is_real_[value] = true;
  const ir::ValueId source = forms_[value].front().id;
  return Emit(MakeNode(ops::ids::kDequantize, node_names_.New(graph_.value(source).name + ".f32"), source, value));
}

ir::ValueId Forms::Weights(ir::ValueId weights, int axis, const WeightCode& code) {
  for (const auto& [original, made] : weights_) {
    const ir::Value& value = graph_.value(made);
    const bool is_same = original == weights && value.quant.scales == code.scales && value.quant.axis == AxisOf(axis) &&
                         std::memcmp(value.constant->data(), code.q.data(), code.q.size()) == 0;
    if (is_same) return made;
  }
  ir::Value value = {.name = NameFor(weights, DType::kI8), .dtype = DType::kI8, .shape = graph_.value(weights).shape};
  value.quant = {code.scales, std::vector<int32_t>(code.scales.size(), 0), AxisOf(axis)};
  value.constant = ir::Buffer::CopyOf(code.q.data(), code.q.size());
  const ir::ValueId id = graph_.AddValue(std::move(value));
  weights_.push_back({weights, id});
  return id;
}

ir::ValueId Forms::Bias(const std::string& name, ir::ValueId original, const LayerCode& code) {
  const DType dtype = code.width == SumWidth::k64 ? DType::kI64 : DType::kI32;
  ir::Value value;
  value.name = original == ir::kNoValue ? value_names_.New(name) : NameFor(original, dtype);
  value.dtype = dtype;
  value.shape = {static_cast<int64_t>(code.bias.size())};
  const auto bytes = ir::Buffer::Allocate(code.bias.size() * DTypeBytes(dtype));
  for (size_t i = 0; i < code.bias.size(); ++i) {
    dtype == DType::kI64 ? StoreAs<int64_t>(bytes->mutable_data(), i, code.bias[i])
                         : StoreAs<int32_t>(bytes->mutable_data(), i, code.bias[i]);
  }
  value.constant = bytes;
  return graph_.AddValue(std::move(value));
}

Status Forms::Emit(ir::Node node) {
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, node));
  for (size_t i = 0; i < types.size(); ++i) {
    graph_.values[node.outputs[i]].dtype = types[i].dtype;
    graph_.values[node.outputs[i]].shape = types[i].shape;
  }
  graph_.nodes.push_back(std::move(node));
  return Status::Ok();
}

Result<ir::Graph> Forms::Finish() && {
  ir::Compact(graph_);
  Status status = ir::Verify(graph_);
  if (!status.ok()) return std::move(status).WithContext("the quantised graph is not valid");
  return std::move(graph_);
}

}  // namespace verge::quant
