#include "import/tflite/graph_importer.h"

#include <algorithm>
#include <cstring>

#include "import/tflite/quant_check.h"
#include "ir/evaluate.h"
#include "ops/dequantize/dequantize.h"
#include "ops/elem.h"
#include "ops/quantize/quantize.h"

namespace verge::tflite {

namespace {

// What folding may spend on one graph: shapes and small tables, not weights.
constexpr size_t kMostFolded = size_t{1} << 20;
constexpr onnx::FoldLimits kFold = {
    .max_output_bytes = size_t{1} << 24, .max_total_bytes = size_t{1} << 28, .max_macs = 10'000'000};

// Whether the shape in the file is a statement (and not a placeholder for sizes known at run time).
bool IsStatic(const schema::Tensor& tensor) {
  if (SizeOf(tensor.shape()) == 0) return false;
  if (tensor.shape_signature() == nullptr) return true;
  return std::all_of(tensor.shape_signature()->begin(), tensor.shape_signature()->end(),
                     [](int32_t d) { return d >= 0; });
}

Status RefuseComplex() {
  return VERGE_ERROR(kUnsupported,
                     "computes with complex numbers; supported are RFFT2D, RESHAPE, REAL, IMAG and COMPLEX_ABS of "
                     "them: compute with real and imaginary parts before the conversion");
}

}  // namespace

Target::Target() : builder(graph, kFold) {
  builder.SetNaming([this](const std::string& wanted) { return names.Unique(wanted); });
}

std::string CleanText(std::string_view text, size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') c = '?';
  }
  return out;
}

std::string CustomName(const schema::OperatorCode& code) {
  if (BuiltinOf(code) != schema::BuiltinOperator::CUSTOM || code.custom_code() == nullptr) return "";
  return CleanText(code.custom_code()->string_view(), 100);
}

std::string OperatorName(const schema::OperatorCode& code) {
  const schema::BuiltinOperator builtin = BuiltinOf(code);
  const std::string name = schema::EnumNameBuiltinOperator(builtin);
  if (name.empty()) return "builtin operator " + std::to_string(static_cast<int>(builtin));
  const std::string custom = CustomName(code);
  return custom.empty() ? name : name + " " + custom;
}

std::string FirstOutput(const Reader& reader, const schema::Operator& op) {
  if (SizeOf(op.outputs()) == 0) return "";
  const Result<const schema::Tensor*> tensor = reader.TensorAt(op.outputs()->Get(0));
  if (!tensor.ok() || (*tensor)->name() == nullptr) return "";
  return CleanText((*tensor)->name()->string_view(), 200);
}

std::string GraphImporter::Label(size_t index) const {
  const schema::Operator& op = OperatorAt(index);
  std::string label = "operator " + std::to_string(index);
  const Result<const schema::OperatorCode*> code = reader_.CodeOf(op);
  if (!code.ok()) return label;
  label += " (" + OperatorName(**code);
  const std::string output = FirstOutput(reader_, op);
  return label + (output.empty() ? ")" : " '" + output + "')");
}

Result<ir::Value> GraphImporter::Declared(int32_t tensor) {
  VERGE_TRY_ASSIGN(const schema::Tensor* stored, reader_.TensorAt(tensor));
  std::string name =
      stored->name() == nullptr ? "" : CleanText(stored->name()->string_view(), session_.limits.max_name_bytes);
  if (name.empty()) name = "tensor_" + std::to_string(tensor);
  name = names_.Unique(name, static_cast<size_t>(tensor));
  Result<ir::Value> value = reader_.ReadTensor(*stored);
  if (!value.ok()) {
    return std::move(value).status().WithContext("tensor " + std::to_string(tensor) + " '" + name + "'");
  }
  value->name = name;
  return value;
}

Result<ir::ValueId> GraphImporter::ValueOf(int32_t tensor) {
  const auto variable = variables_.find(tensor);
  if (variable != variables_.end()) return states_->Now(variable->second);
  const auto found = values_.find(tensor);
  if (found != values_.end()) return found->second;
  VERGE_TRY_ASSIGN(const schema::Tensor* stored, reader_.TensorAt(tensor));
  if (stored->is_variable()) return AddVariable(tensor);
  VERGE_TRY_ASSIGN(ir::Value value, Declared(tensor));
  const ir::ValueId id = graph_.AddValue(std::move(value));
  values_.emplace(tensor, id);
  return id;
}

// A variable tensor is zero at first: for 8-bit numbers the one that stands for 0.
Result<ir::ValueId> GraphImporter::AddVariable(int32_t tensor) {
  VERGE_TRY_ASSIGN(ir::Value value, Declared(tensor));
  if (states_ == nullptr) {
    return VERGE_ERROR(kUnsupported, "has the variable '" + value.name + "' within a branch or a loop");
  }
  const std::optional<size_t> bytes = value.type().CheckedBytes();
  if (!bytes || *bytes > session_.limits.max_activation_bytes) {
    return VERGE_ERROR(kResourceExhausted, "variable '" + value.name + "' is too large");
  }
  value.constant = nullptr;
  const int32_t zero = value.dtype == DType::kI8 && !value.quant.zero_points.empty() ? value.quant.zero_points[0] : 0;
  if (zero != 0) {
    const std::shared_ptr<ir::Buffer> initial = ir::Buffer::Allocate(*bytes);
    std::memset(initial->mutable_data(), zero, *bytes);
    value.constant = initial;
  }
  const size_t variable = states_->Add(std::move(value));
  variables_.emplace(tensor, variable);
  defined_.insert(states_->Now(variable));
  return states_->Now(variable);
}

Result<ir::ValueId> GraphImporter::Defined(int32_t tensor) {
  VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(tensor));
  if (graph_.value(id).is_constant() || defined_.contains(id)) return id;
  return VERGE_ERROR(kDataLoss, "uses '" + graph_.value(id).name + "' before anything computes it");
}

Status GraphImporter::ReadInput(size_t i) {
  VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(InputTensor(i)));
  ir::Value& value = graph_.values[id];
  const auto given = session_.shapes.find(value.name);
  if (given != session_.shapes.end() && session_.active.size() == 1) {
    if (given->second.rank() != value.shape.rank()) {
      return VERGE_ERROR(kInvalidArgument, "input '" + value.name + "' is " + ToString(value.shape) + "; " +
                                               ToString(given->second) + " has another number of dimensions");
    }
    value.shape = given->second;
  }
  for (const int64_t d : value.shape.dims()) {
    if (d < 1) {
      return VERGE_ERROR(kUnsupported, "input '" + value.name + "' has the shape " + ToString(value.shape) +
                                           "; sizes must be known and 1 or more");
    }
  }
  defined_.insert(id);
  graph_.inputs.push_back(id);
  return Status::Ok();
}

Status GraphImporter::ReadInputs() {
  for (size_t i = 0; i < SizeOf(reader_.graph().inputs()); ++i) VERGE_TRY(ReadInput(i));
  return Status::Ok();
}

Result<std::vector<ir::ValueId>> GraphImporter::Outputs() {
  std::vector<ir::ValueId> outputs;
  for (size_t i = 0; i < SizeOf(reader_.graph().outputs()); ++i) {
    const int32_t tensor = reader_.graph().outputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    VERGE_TRY_ASSIGN(ir::ValueId id, ValueOf(tensor));
    const auto alias = aliases_.find(tensor);
    if (alias != aliases_.end()) {
      // An output of the file is a value of its own, with the name that the file gives it.
      Builder& builder = target_.builder;
      builder.SetScope(alias->second);
      builder.SetQuant(graph_.value(id).dtype, ir::Quant(graph_.value(id).quant));
      id = builder.Copy(id, "");
      builder.SetQuant(DType::kF32, {});
      if (!builder.ok()) return builder.status();
      graph_.values[id].name = alias->second;
      defined_.insert(id);
    }
    outputs.push_back(id);
  }
  return outputs;
}

Status GraphImporter::ReadOperators() {
  for (size_t i = 0; i < SizeOf(reader_.graph().operators()); ++i) {
    Status status = MapOperator(i);
    if (!status.ok()) return std::move(status).WithContext(Label(i));
  }
  return Status::Ok();
}

Result<std::vector<ir::ValueId>> GraphImporter::InputsOf(const schema::Operator& op) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < SizeOf(op.inputs()); ++i) {
    const int32_t tensor = op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    inputs.push_back(ir::kNoValue);
    if (tensor != -1) {
      VERGE_TRY_ASSIGN(inputs.back(), Defined(tensor));
    }
  }
  return inputs;
}

Result<std::vector<ir::ValueId>> GraphImporter::DefineOutputs(const schema::Operator& op) {
  std::vector<ir::ValueId> outputs;
  for (size_t i = 0; i < SizeOf(op.outputs()); ++i) {
    VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
    if (graph_.value(id).is_constant() || !defined_.insert(id).second) {
      return VERGE_ERROR(kDataLoss, "computes '" + graph_.value(id).name + "', which something else defines");
    }
    outputs.push_back(id);
  }
  return outputs;
}

std::string GraphImporter::NodeName(ops::OpId op, size_t index) const {
  return prefix_ + ops::GetOp(op).name + "_" + std::to_string(index);
}

Status GraphImporter::MapOperator(size_t index) {
  if (session_.operators_left == 0) return VERGE_ERROR(kResourceExhausted, "is one of too many operators");
  --session_.operators_left;
  const schema::Operator& op = OperatorAt(index);
  VERGE_TRY_ASSIGN(const schema::OperatorCode* code, reader_.CodeOf(op));
  if (IsControl(BuiltinOf(*code))) return MapControl(index, BuiltinOf(*code));
  const Entry& entry = *FindEntry(BuiltinOf(*code), CustomName(*code));
  VERGE_TRY_ASSIGN(std::vector<ir::ValueId> inputs, InputsOf(op));
  Builder& builder = target_.builder;
  builder.SetScope(prefix_ + schema::EnumNameBuiltinOperator(BuiltinOf(*code)) + "_" + std::to_string(index));
  OperatorContext context(builder, op, inputs, states_);
  context.is_complex = HasComplex(op);
  const bool converts =
      entry.converter != nullptr && (entry.converter->applies == nullptr || entry.converter->applies(context));
  if (!builder.ok()) return builder.status();
  if (converts) return Convert(*entry.converter, context);
  if (entry.mapping == nullptr) {
    return VERGE_ERROR(kUnsupported, "has inputs of types that this operator does not take in Verge");
  }
  if (context.is_complex) return RefuseComplex();
  return MapOne(index, entry, context, std::move(inputs));
}

bool GraphImporter::HasComplex(const schema::Operator& op) const {
  const auto has = [&](const flatbuffers::Vector<int32_t>* list) {
    for (size_t i = 0; i < SizeOf(list); ++i) {
      const Result<const schema::Tensor*> tensor = reader_.TensorAt(list->Get(static_cast<flatbuffers::uoffset_t>(i)));
      if (tensor.ok() && (*tensor)->type() == schema::TensorType::COMPLEX64) return true;
    }
    return false;
  };
  return has(op.inputs()) || has(op.outputs());
}

Result<std::vector<ir::Value>> GraphImporter::DeclareOutputs(const schema::Operator& op) {
  std::vector<ir::Value> outputs;
  for (size_t i = 0; i < SizeOf(op.outputs()); ++i) {
    const int32_t tensor = op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (values_.contains(tensor) || variables_.contains(tensor)) {
      VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(tensor));
      return VERGE_ERROR(kDataLoss, "computes '" + graph_.value(id).name + "', which something else defines");
    }
    VERGE_TRY_ASSIGN(ir::Value value, Declared(tensor));
    if (value.is_constant()) return VERGE_ERROR(kDataLoss, "computes '" + value.name + "', which is a constant");
    outputs.push_back(std::move(value));
  }
  return outputs;
}

bool GraphImporter::MakeReal(OperatorContext& context) {
  bool has_any = false;
  for (size_t i = 0; i < context.input_count(); ++i) {
    if (!context.Has(i) || !IsQuantised(graph_.value(context.In(i)))) continue;
    context.SetInput(i, context.b.Op(ops::ids::kDequantize, ops::DequantizeAttrs{}, {context.In(i)}));
    has_any = true;
  }
  return has_any;
}

ir::ValueId GraphImporter::MakeQuantised(ir::ValueId id, const ir::Value& declared) {
  Builder& builder = target_.builder;
  if (!IsQuantised(declared) || graph_.value(id).dtype != DType::kF32) return id;
  ops::QuantizeAttrs attrs;
  for (size_t i = 0; i < std::size(ops::kQuantizedNames); ++i) {
    if (DTypeName(declared.dtype) == std::string_view(ops::kQuantizedNames[i])) attrs.dtype = static_cast<int32_t>(i);
  }
  builder.SetQuant(declared.dtype, declared.quant);
  const ir::ValueId quantised = builder.Op(ops::ids::kQuantize, attrs, {id});
  builder.SetQuant(DType::kF32, {});
  return quantised;
}

Status GraphImporter::Convert(const Converter& converter, OperatorContext& context) {
  if (context.is_complex && !converter.takes_complex) return RefuseComplex();
  VERGE_TRY_ASSIGN(const std::vector<ir::Value> outputs, DeclareOutputs(context.op));
  context.SetDeclared(outputs);
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < context.input_count(); ++i) {
    if (context.Has(i)) inputs.push_back(context.In(i));
  }
  Builder& builder = target_.builder;
  const bool is_by_real = converter.quantised == Quantised::kNone && MakeReal(context);
  const Quantised rule = is_by_real ? Quantised::kAny : converter.quantised;
  VERGE_TRY_ASSIGN(const ir::Value* common, CheckQuant(rule, graph_, inputs, outputs));
  if (common != nullptr) builder.SetQuant(common->dtype, ir::Quant(common->quant));
  converter.convert(context);
  builder.SetQuant(DType::kF32, {});
  if (!builder.ok()) return builder.status();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const ir::ValueId made = context.results()[i];
    const ir::ValueId id = is_by_real && made != ir::kNoValue ? MakeQuantised(made, outputs[i]) : made;
    if (!builder.ok()) return builder.status();
    if (id == ir::kNoValue) return VERGE_ERROR(kDataLoss, "has an output " + std::to_string(i) + " that nothing makes");
    VERGE_TRY(Finish(context.op, i, id, outputs[i]));
  }
  for (const OperatorContext::Memory& memory : context.memory()) Remember(context.op, memory.input, memory.next);
  return Status::Ok();
}

Status GraphImporter::Finish(const schema::Operator& op, size_t i, ir::ValueId id, const ir::Value& declared) {
  const int32_t tensor = op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
  ir::Value& value = graph_.values[id];
  const bool is_stated = session_.shapes.empty() && IsStatic(**reader_.TensorAt(tensor));
  if (value.dtype != declared.dtype || (is_stated && value.shape != declared.shape)) {
    return VERGE_ERROR(kDataLoss, "makes " + std::string(DTypeName(value.dtype)) + ToString(value.shape) +
                                      " but the file says " + DTypeName(declared.dtype) + ToString(declared.shape));
  }
  const std::optional<size_t> bytes = value.type().CheckedBytes();
  if (!bytes || *bytes > session_.limits.max_activation_bytes) {
    return VERGE_ERROR(kResourceExhausted, "makes " + ToString(value.shape) + ", more than " +
                                               std::to_string(session_.limits.max_activation_bytes) + " bytes");
  }
  // A value that was there before keeps its name; as an output of the model it is copied.
  if (is_joined_.insert(id).second && !defined_.contains(id)) {
    value.name = declared.name;
  } else {
    aliases_.emplace(tensor, declared.name);
  }
  values_[tensor] = id;
  defined_.insert(id);
  return Status::Ok();
}

Status GraphImporter::MapOne(size_t index, const Entry& entry, OperatorContext& context,
                             std::vector<ir::ValueId> inputs) {
  const schema::Operator& op = context.op;
  VERGE_TRY_ASSIGN(std::vector<ir::Value> declared, DeclareOutputs(op));
  const Quantised rule = entry.mapping->moves_elements ? Quantised::kSame : Quantised::kAny;
  VERGE_TRY(CheckQuant(rule, graph_, inputs, declared).status());
  const schema::ActivationFunctionType trailing = TrailingActivation(op);
  const bool is_trailed = trailing != schema::ActivationFunctionType::NONE && !declared.empty();
  if (is_trailed && IsQuantised(declared[0])) {
    return VERGE_ERROR(kUnsupported, "has the fused activation " +
                                         std::string(schema::EnumNameActivationFunctionType(trailing)) +
                                         " on quantised numbers");
  }
  std::vector<ir::Quant> intermediates;
  for (size_t i = 0; i < SizeOf(op.intermediates()); ++i) {
    VERGE_TRY_ASSIGN(const schema::Tensor* tensor,
                     reader_.TensorAt(op.intermediates()->Get(static_cast<flatbuffers::uoffset_t>(i))));
    VERGE_TRY_ASSIGN(ir::Value value, reader_.ReadTensor(*tensor));
    intermediates.push_back(std::move(value.quant));
  }
  std::vector<ir::ValueId> results;
  for (const ir::Value& value : declared) results.push_back(graph_.AddValue(value));
  if (is_trailed) graph_.values[results[0]].name = names_.Unique(declared[0].name + "/linear");
  ir::Node& node = graph_.AddNode(entry.op, NodeName(entry.op, index), std::move(inputs), results);
  VERGE_TRY(entry.mapping->map({op, graph_, intermediates}, node));
  VERGE_TRY(TieStates(op, *entry.mapping, node));
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, node));
  for (size_t i = 0; i < types.size(); ++i) {
    graph_.values[node.outputs[i]].dtype = types[i].dtype;
    graph_.values[node.outputs[i]].shape = types[i].shape;
  }
  if (entry.mapping->states.empty()) VERGE_TRY(FoldLast());
  if (is_trailed) results[0] = context.Activate(results[0], trailing);
  if (!target_.builder.ok()) return target_.builder.status();
  for (size_t i = 0; i < results.size(); ++i) VERGE_TRY(Finish(op, i, results[i], declared[i]));
  return Status::Ok();
}

Status GraphImporter::FoldLast() {
  const ir::Node& node = graph_.nodes.back();
  std::vector<ir::BufferPtr> inputs;
  size_t bytes = 0;
  for (const ir::ValueId id : node.inputs) {
    if (id != ir::kNoValue && !graph_.value(id).is_constant()) return Status::Ok();
    inputs.push_back(id == ir::kNoValue ? nullptr : graph_.value(id).constant);
    if (inputs.back() != nullptr) bytes += inputs.back()->size();
  }
  for (const ir::ValueId id : node.outputs) {
    const ir::Value& value = graph_.value(id);
    if (ops::IsFloatDType(value.dtype) || !value.quant.scales.empty()) return Status::Ok();
    bytes += value.type().CheckedBytes().value_or(kMostFolded);
  }
  if (bytes >= kMostFolded) return Status::Ok();
  VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> outputs, ir::EvaluateNode(graph_, node, inputs));
  for (size_t i = 0; i < outputs.size(); ++i) graph_.values[node.outputs[i]].constant = outputs[i];
  graph_.nodes.pop_back();
  return Status::Ok();
}

// Adds the outputs that are the operator's memory after it, and makes them the next values of its variables.
Status GraphImporter::TieStates(const schema::Operator& op, const Mapping& mapping, ir::Node& node) {
  for (const size_t input : mapping.states) {
    if (input >= node.inputs.size() || node.inputs[input] == ir::kNoValue) {
      return VERGE_ERROR(kDataLoss, "has no input " + std::to_string(input) + ", which is its memory");
    }
    ir::Value next = graph_.value(node.inputs[input]);
    next.name = names_.Unique(next.name + "/next");
    next.constant = nullptr;
    const ir::ValueId id = graph_.AddValue(std::move(next));
    node.outputs.push_back(id);
    Remember(op, input, id);
  }
  return Status::Ok();
}

void GraphImporter::Remember(const schema::Operator& op, size_t input, ir::ValueId next) {
  defined_.insert(next);
  const auto variable = variables_.find(op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(input)));
  if (variable != variables_.end()) states_->Set(variable->second, next);
}

}  // namespace verge::tflite
