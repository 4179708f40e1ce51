#include "import/tflite/import.h"

#include <map>
#include <string>

#include "import/tflite/graph_importer.h"
#include "import/tflite/metadata.h"
#include "ir/verify.h"

namespace verge::tflite {
namespace {

// Where an operator stands that nothing maps, and what to do about it.
struct Missing {
  std::string places;
  size_t count = 0;
  std::string advice;
};

// Adds the operators of one subgraph that nothing maps: "7 'scores'", or "3 'scores' of subgraph 1".
Status FindMissing(const Reader& reader, size_t subgraph, std::map<std::string, Missing>& missing) {
  constexpr size_t kShown = 8;
  for (size_t i = 0; i < SizeOf(reader.graph().operators()); ++i) {
    const schema::Operator& op = *reader.graph().operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
    std::string place = std::to_string(i);
    if (const std::string output = FirstOutput(reader, op); !output.empty()) place += " '" + output + "'";
    if (subgraph > 0) place += " of subgraph " + std::to_string(subgraph);
    const Result<const schema::OperatorCode*> code = reader.CodeOf(op);
    if (!code.ok()) return Status(code.status()).WithContext("operator " + place);
    const schema::BuiltinOperator builtin = BuiltinOf(**code);
    if (IsControl(builtin) || FindEntry(builtin, CustomName(**code)) != nullptr) continue;
    Missing& entry = missing[OperatorName(**code)];
    entry.advice = Advice(builtin, CustomName(**code));
    if (++entry.count <= kShown) entry.places += (entry.places.empty() ? "" : ", ") + place;
    if (entry.count == kShown + 1) entry.places += " and more";
  }
  return Status::Ok();
}

// All operators that nothing maps, in one error.
Status CheckOperators(const Reader& reader) {
  std::map<std::string, Missing> missing;
  for (size_t i = 0; i < reader.subgraphs(); ++i) {
    VERGE_TRY_ASSIGN(const Reader subgraph, reader.Subgraph(static_cast<int64_t>(i)));
    VERGE_TRY(FindMissing(subgraph, i, missing));
  }
  if (missing.empty()) return Status::Ok();
  std::string text = "the model has operators that are not supported: ";
  for (const auto& [name, entry] : missing) {
    if (text.back() == ')') text += ", ";
    text += name + (entry.count == 1 ? " (operator " : " (operators ") + entry.places + ": " + entry.advice + ")";
  }
  text += "; supported are ";
  bool is_first = true;
  for (const std::string& name : KnownOperators()) {
    text += (is_first ? "" : ", ") + name;
    is_first = false;
  }
  for (const schema::BuiltinOperator code : schema::EnumValuesBuiltinOperator()) {
    if (IsControl(code)) text += ", " + std::string(schema::EnumNameBuiltinOperator(code));
  }
  return VERGE_ERROR(kUnsupported, text);
}

void ReadText(const Reader& reader, const ImportLimits& limits, ir::Graph& graph) {
  if (reader.graph().name() != nullptr) {
    graph.name = CleanText(reader.graph().name()->string_view(), limits.max_name_bytes);
  }
  const flatbuffers::String* description = reader.model().description();
  if (description != nullptr && description->size() > 0) {
    graph.metadata.emplace_back("description", CleanText(description->string_view(), limits.max_text_bytes));
  }
}

}  // namespace

Result<std::vector<InputInfo>> ModelInputs(std::span<const std::byte> file, const ImportLimits& limits) {
  VERGE_TRY_ASSIGN(const Reader reader, Reader::Open(file, limits));
  Target target;
  const std::map<std::string, Shape> none;
  Session session{limits, limits.max_subgraphs, 2 * limits.max_operators, {0}, none};
  GraphImporter importer(reader, session, target, nullptr);
  VERGE_TRY(importer.ReadInputs());
  std::vector<InputInfo> inputs;
  for (size_t i = 0; i < target.graph.inputs.size(); ++i) {
    const ir::Value& value = target.graph.value(target.graph.inputs[i]);
    InputInfo& input = inputs.emplace_back();
    input = {value.name, {value.shape.dims().begin(), value.shape.dims().end()}};
    const int32_t index = reader.graph().inputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    VERGE_TRY_ASSIGN(const schema::Tensor* tensor, reader.TensorAt(index));
    for (size_t d = 0; d < std::min(SizeOf(tensor->shape_signature()), input.dims.size()); ++d) {
      if (tensor->shape_signature()->Get(static_cast<flatbuffers::uoffset_t>(d)) < 0) input.dims[d] = -1;
    }
  }
  return inputs;
}

Result<ir::Graph> Import(std::span<const std::byte> file, const ImportLimits& limits,
                         const std::map<std::string, Shape>& shapes) {
  VERGE_TRY_ASSIGN(const Reader reader, Reader::Open(file, limits));
  VERGE_TRY(CheckOperators(reader));
  Target target;
  ir::Graph& graph = target.graph;
  ReadText(reader, limits, graph);
  VERGE_TRY(ReadMetadata(reader.model(), file, limits, graph));
  Session session{limits, limits.max_subgraphs, 2 * limits.max_operators, {0}, shapes};
  States states(graph, target.names);
  GraphImporter importer(reader, session, target, &states);
  VERGE_TRY(importer.ReadInputs());
  VERGE_TRY(importer.ReadOperators());
  VERGE_TRY_ASSIGN(graph.outputs, importer.Outputs());
  if (graph.outputs.empty()) return VERGE_ERROR(kDataLoss, "the model has no outputs");
  states.Finish();
  VERGE_TRY(ir::Verify(graph));
  return std::move(graph);
}

}  // namespace verge::tflite
