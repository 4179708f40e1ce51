#include "import/tflite/graph_importer.h"

#include <algorithm>
#include <cstring>

#include "ir/verify.h"

namespace verge::tflite {

const std::map<schema::BuiltinOperator, MappedOp>& Mappings() {
  static const std::map<schema::BuiltinOperator, MappedOp> table = [] {
    std::map<schema::BuiltinOperator, MappedOp> built;
    for (size_t i = 0; i < AllMappings().size(); ++i) {
      for (const Mapping& mapping : *AllMappings()[i]) built[mapping.code] = {MappedOps()[i], &mapping};
    }
    return built;
  }();
  return table;
}

std::string CleanText(std::string_view text, size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') c = '?';
  }
  return out;
}

std::string OperatorName(const schema::OperatorCode& code) {
  const schema::BuiltinOperator builtin = BuiltinOf(code);
  std::string name = schema::EnumNameBuiltinOperator(builtin);
  if (name.empty()) return "builtin operator " + std::to_string(static_cast<int>(builtin));
  if (builtin == schema::BuiltinOperator::CUSTOM && code.custom_code() != nullptr) {
    name += " " + CleanText(code.custom_code()->string_view(), 100);
  }
  return name;
}

// "operator 12 (CONV_2D 'features/conv')"
std::string GraphImporter::Label(size_t index) const {
  const schema::Operator& op = OperatorAt(index);
  std::string label = "operator " + std::to_string(index);
  const Result<const schema::OperatorCode*> code = reader_.CodeOf(op);
  if (!code.ok()) return label;
  label += " (" + OperatorName(**code);
  if (SizeOf(op.outputs()) > 0) {
    const Result<const schema::Tensor*> tensor = reader_.TensorAt(op.outputs()->Get(0));
    if (tensor.ok() && (*tensor)->name() != nullptr)
      label += " '" + CleanText((*tensor)->name()->string_view(), 200) + "'";
  }
  return label + ")";
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
  const ir::Value& value = graph_.value(id);
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
    VERGE_TRY_ASSIGN(const ir::ValueId id,
                     ValueOf(reader_.graph().outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
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
  const MappedOp& mapped = Mappings().at(BuiltinOf(*code));
  VERGE_TRY_ASSIGN(std::vector<ir::ValueId> inputs, InputsOf(op));
  VERGE_TRY_ASSIGN(std::vector<ir::ValueId> outputs, DefineOutputs(op));
  std::vector<ir::Quant> intermediates;
  for (size_t i = 0; i < SizeOf(op.intermediates()); ++i) {
    VERGE_TRY_ASSIGN(const schema::Tensor* tensor,
                     reader_.TensorAt(op.intermediates()->Get(static_cast<flatbuffers::uoffset_t>(i))));
    VERGE_TRY_ASSIGN(ir::Value value, reader_.ReadTensor(*tensor));
    intermediates.push_back(std::move(value.quant));
  }
  ir::Node& node = graph_.AddNode(mapped.op, NodeName(mapped.op, index), std::move(inputs), std::move(outputs));
  VERGE_TRY(mapped.mapping->map({op, graph_, intermediates}, node));
  VERGE_TRY(TieStates(op, *mapped.mapping, node));
  return SetTypes(op, node);
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
    defined_.insert(id);
    const auto variable = variables_.find(op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(input)));
    if (variable != variables_.end()) states_->Set(variable->second, id);
  }
  return Status::Ok();
}

namespace {

// Whether the shape in the file is a statement (and not a placeholder for sizes known at run time).
bool IsStatic(const schema::Tensor& tensor) {
  if (SizeOf(tensor.shape()) == 0) return false;
  if (tensor.shape_signature() == nullptr) return true;
  return std::all_of(tensor.shape_signature()->begin(), tensor.shape_signature()->end(),
                     [](int32_t d) { return d >= 0; });
}

}  // namespace

// Sets the outputs' types by the op's shape rule, and refuses a file that says otherwise.
Status GraphImporter::SetTypes(const schema::Operator& op, const ir::Node& node) {
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, node));
  for (size_t i = 0; i < types.size(); ++i) {
    ir::Value& value = graph_.values[node.outputs[i]];
    const bool is_stated = i >= SizeOf(op.outputs()) ||
                           IsStatic(**reader_.TensorAt(op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
    if (value.dtype != types[i].dtype || (is_stated && value.shape != types[i].shape)) {
      return VERGE_ERROR(kDataLoss, "makes " + std::string(DTypeName(types[i].dtype)) + ToString(types[i].shape) +
                                        " but the file says " + DTypeName(value.dtype) + ToString(value.shape));
    }
    const std::optional<size_t> bytes = types[i].CheckedBytes();
    if (!bytes || *bytes > session_.limits.max_activation_bytes) {
      return VERGE_ERROR(kResourceExhausted, "makes " + ToString(types[i].shape) + ", more than " +
                                                 std::to_string(session_.limits.max_activation_bytes) + " bytes");
    }
    value.shape = types[i].shape;
  }
  return Status::Ok();
}

}  // namespace verge::tflite
