#include "import/tflite/import.h"

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "import/tflite/mapping.h"
#include "import/tflite/reader.h"
#include "ir/verify.h"

namespace verge::tflite {
namespace {

struct MappedOp {
  ops::OpId op = 0;
  const Mapping* mapping = nullptr;
};

using MappingTable = std::map<schema::BuiltinOperator, MappedOp>;

const MappingTable& Mappings() {
  static const MappingTable table = [] {
    MappingTable built;
    for (size_t i = 0; i < AllMappings().size(); ++i) {
      for (const Mapping& mapping : *AllMappings()[i]) built[mapping.code] = {MappedOps()[i], &mapping};
    }
    return built;
  }();
  return table;
}

// Only printable ASCII and whole UTF-8 bytes stay; control characters would disturb terminals and logs.
std::string CleanText(std::string_view text, size_t limit) {
  std::string out(text.substr(0, limit));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') c = '?';
  }
  return out;
}

// "CONV_2D", "CUSTOM TFLite_Detection_PostProcess" or "builtin operator 312".
std::string OperatorName(const schema::OperatorCode& code) {
  const schema::BuiltinOperator builtin = BuiltinOf(code);
  std::string name = schema::EnumNameBuiltinOperator(builtin);
  if (name.empty()) return "builtin operator " + std::to_string(static_cast<int>(builtin));
  if (builtin == schema::BuiltinOperator::CUSTOM && code.custom_code() != nullptr) {
    name += " " + CleanText(code.custom_code()->string_view(), 100);
  }
  return name;
}

class Importer {
 public:
  Importer(const Reader& reader, const ImportLimits& limits) : reader_(reader), limits_(limits) {}

  Result<ir::Graph> Run() {
    VERGE_TRY(CheckOperators());
    VERGE_TRY(ReadText());
    VERGE_TRY(ReadInputs());
    for (size_t i = 0; i < SizeOf(reader_.graph().operators()); ++i) VERGE_TRY(ReadOperator(i));
    VERGE_TRY(ReadOutputs());
    VERGE_TRY(ir::Verify(graph_));
    return std::move(graph_);
  }

 private:
  // "operator 12 (CONV_2D 'features/conv')"
  std::string Label(size_t index) const {
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

  const schema::Operator& OperatorAt(size_t index) const {
    return *reader_.graph().operators()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }

  // All operators that no op maps, in one error.
  Status CheckOperators() const {
    std::map<std::string, std::vector<size_t>> missing;
    for (size_t i = 0; i < SizeOf(reader_.graph().operators()); ++i) {
      const Result<const schema::OperatorCode*> code = reader_.CodeOf(OperatorAt(i));
      if (!code.ok()) return Status(code.status()).WithContext(Label(i));
      if (!Mappings().contains(BuiltinOf(**code))) missing[OperatorName(**code)].push_back(i);
    }
    if (missing.empty()) return Status::Ok();
    constexpr size_t kNodesShown = 8;
    std::string text = "the model has operators that are not supported: ";
    for (const auto& [name, nodes] : missing) {
      if (text.back() == ')') text += ", ";
      text += name + (nodes.size() == 1 ? " (operator " : " (operators ");
      for (size_t k = 0; k < nodes.size() && k < kNodesShown; ++k) {
        text += (k == 0 ? "" : ", ") + std::to_string(nodes[k]);
      }
      if (nodes.size() > kNodesShown) text += " and " + std::to_string(nodes.size() - kNodesShown) + " more";
      text += ")";
    }
    text += "; supported are ";
    bool is_first = true;
    for (const auto& [builtin, mapped] : Mappings()) {
      text += (is_first ? "" : ", ") + std::string(schema::EnumNameBuiltinOperator(builtin));
      is_first = false;
    }
    return VERGE_ERROR(kUnsupported, text);
  }

  Status ReadText() {
    if (reader_.graph().name() != nullptr) {
      graph_.name = CleanText(reader_.graph().name()->string_view(), limits_.max_name_bytes);
    }
    const flatbuffers::String* description = reader_.model().description();
    if (description != nullptr && description->size() > 0) {
      graph_.metadata.emplace_back("description", CleanText(description->string_view(), limits_.max_text_bytes));
    }
    return Status::Ok();
  }

  std::string UniqueName(const schema::Tensor& tensor, int32_t index) {
    std::string base = tensor.name() == nullptr ? "" : CleanText(tensor.name()->string_view(), limits_.max_name_bytes);
    if (base.empty()) base = "tensor_" + std::to_string(index);
    std::string name = base;
    for (int n = index; !names_.insert(name).second; ++n) name = base + "#" + std::to_string(n);
    return name;
  }

  // The value of a tensor, made when it is first mentioned.
  Result<ir::ValueId> ValueOf(int32_t index) {
    const auto found = values_.find(index);
    if (found != values_.end()) return found->second;
    VERGE_TRY_ASSIGN(const schema::Tensor* tensor, reader_.TensorAt(index));
    const std::string name = UniqueName(*tensor, index);
    Result<ir::Value> value = reader_.ReadTensor(*tensor);
    if (!value.ok())
      return std::move(value).status().WithContext("tensor " + std::to_string(index) + " '" + name + "'");
    value->name = name;
    const ir::ValueId id = graph_.AddValue(std::move(value).value());
    values_.emplace(index, id);
    return id;
  }

  Status ReadInputs() {
    for (size_t i = 0; i < SizeOf(reader_.graph().inputs()); ++i) {
      VERGE_TRY_ASSIGN(const ir::ValueId id,
                       ValueOf(reader_.graph().inputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
      const ir::Value& value = graph_.value(id);
      for (const int64_t d : value.shape.dims()) {
        if (d < 1) {
          return VERGE_ERROR(kUnsupported, "input '" + value.name + "' has the shape " + ToString(value.shape) +
                                               "; sizes must be known and 1 or more");
        }
      }
      is_defined_[id] = true;
      graph_.inputs.push_back(id);
    }
    return Status::Ok();
  }

  Status ReadOutputs() {
    for (size_t i = 0; i < SizeOf(reader_.graph().outputs()); ++i) {
      VERGE_TRY_ASSIGN(const ir::ValueId id,
                       ValueOf(reader_.graph().outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
      graph_.outputs.push_back(id);
    }
    if (graph_.outputs.empty()) return VERGE_ERROR(kDataLoss, "the model has no outputs");
    return Status::Ok();
  }

  Status ReadOperator(size_t index) {
    Status status = MapOperator(index);
    if (!status.ok()) return std::move(status).WithContext(Label(index));
    return Status::Ok();
  }

  Status MapOperator(size_t index) {
    const schema::Operator& op = OperatorAt(index);
    VERGE_TRY_ASSIGN(const schema::OperatorCode* code, reader_.CodeOf(op));
    const MappedOp& mapped = Mappings().at(BuiltinOf(*code));
    std::vector<ir::ValueId> inputs;
    for (size_t i = 0; i < SizeOf(op.inputs()); ++i) {
      const int32_t tensor = op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
      inputs.push_back(ir::kNoValue);
      if (tensor == -1) continue;
      VERGE_TRY_ASSIGN(inputs.back(), ValueOf(tensor));
      if (!graph_.value(inputs.back()).is_constant() && !is_defined_[inputs.back()]) {
        return VERGE_ERROR(kDataLoss, "uses '" + graph_.value(inputs.back()).name + "' before anything computes it");
      }
    }
    std::vector<ir::ValueId> outputs;
    for (size_t i = 0; i < SizeOf(op.outputs()); ++i) {
      VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i))));
      if (graph_.value(id).is_constant() || is_defined_[id]) {
        return VERGE_ERROR(kDataLoss, "computes '" + graph_.value(id).name + "', which something else defines");
      }
      is_defined_[id] = true;
      outputs.push_back(id);
    }
    const std::string name = std::string(ops::GetOp(mapped.op).name) + "_" + std::to_string(index);
    ir::Node& node = graph_.AddNode(mapped.op, name, std::move(inputs), std::move(outputs));
    VERGE_TRY(mapped.mapping->map({op, graph_}, node));
    return SetTypes(op, node);
  }

  // Sets the outputs' types by the op's shape rule, and refuses a file that says otherwise.
  Status SetTypes(const schema::Operator& op, const ir::Node& node) {
    VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, node));
    for (size_t i = 0; i < types.size(); ++i) {
      ir::Value& value = graph_.values[node.outputs[i]];
      const schema::Tensor& tensor = **reader_.TensorAt(op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i)));
      if (value.dtype != types[i].dtype || (IsStatic(tensor) && value.shape != types[i].shape)) {
        return VERGE_ERROR(kDataLoss, "makes " + std::string(DTypeName(types[i].dtype)) + ToString(types[i].shape) +
                                          " but the file says " + DTypeName(value.dtype) + ToString(value.shape));
      }
      const std::optional<size_t> bytes = types[i].CheckedBytes();
      if (!bytes || *bytes > limits_.max_activation_bytes) {
        return VERGE_ERROR(kResourceExhausted, "makes " + ToString(types[i].shape) + ", more than " +
                                                   std::to_string(limits_.max_activation_bytes) + " bytes");
      }
      value.shape = types[i].shape;
    }
    return Status::Ok();
  }

  // Whether the shape in the file is a statement (and not a placeholder for sizes known at run time).
  static bool IsStatic(const schema::Tensor& tensor) {
    if (SizeOf(tensor.shape()) == 0) return false;
    if (tensor.shape_signature() == nullptr) return true;
    for (const int32_t d : *tensor.shape_signature()) {
      if (d < 0) return false;
    }
    return true;
  }

  const Reader& reader_;
  const ImportLimits& limits_;
  ir::Graph graph_;
  std::map<int32_t, ir::ValueId> values_;  // by tensor index
  std::unordered_set<std::string> names_;
  std::map<ir::ValueId, bool> is_defined_;
};

}  // namespace

Result<ir::Graph> Import(std::span<const std::byte> file, const ImportLimits& limits) {
  VERGE_TRY_ASSIGN(const Reader reader, Reader::Open(file, limits));
  return Importer(reader, limits).Run();
}

}  // namespace verge::tflite
