#include "import/tflite/import.h"

#include <map>
#include <string>
#include <vector>

#include "import/tflite/graph_importer.h"
#include "ir/verify.h"

namespace verge::tflite {
namespace {

using Missing = std::map<std::string, std::vector<std::string>>;

// Adds the operators of one subgraph that no op maps: "7", or "3 of subgraph 1".
Status FindMissing(const Reader& reader, size_t subgraph, Missing& missing) {
  for (size_t i = 0; i < SizeOf(reader.graph().operators()); ++i) {
    const schema::Operator& op = *reader.graph().operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
    std::string place = std::to_string(i);
    if (subgraph > 0) place += " of subgraph " + std::to_string(subgraph);
    const Result<const schema::OperatorCode*> code = reader.CodeOf(op);
    if (!code.ok()) return Status(code.status()).WithContext("operator " + place);
    if (Mappings().contains(BuiltinOf(**code)) || IsControl(BuiltinOf(**code))) continue;
    missing[OperatorName(**code)].push_back(std::move(place));
  }
  return Status::Ok();
}

// All operators that no op maps, in one error.
Status CheckOperators(const Reader& reader) {
  Missing missing;
  for (size_t i = 0; i < reader.subgraphs(); ++i) {
    VERGE_TRY_ASSIGN(const Reader subgraph, reader.Subgraph(static_cast<int64_t>(i)));
    VERGE_TRY(FindMissing(subgraph, i, missing));
  }
  if (missing.empty()) return Status::Ok();
  constexpr size_t kNodesShown = 8;
  std::string text = "the model has operators that are not supported: ";
  for (const auto& [name, nodes] : missing) {
    if (text.back() == ')') text += ", ";
    text += name + (nodes.size() == 1 ? " (operator " : " (operators ");
    for (size_t k = 0; k < nodes.size() && k < kNodesShown; ++k) text += (k == 0 ? "" : ", ") + nodes[k];
    if (nodes.size() > kNodesShown) text += " and " + std::to_string(nodes.size() - kNodesShown) + " more";
    text += ")";
  }
  text += "; supported are ";
  bool is_first = true;
  for (const schema::BuiltinOperator code : schema::EnumValuesBuiltinOperator()) {
    if (!Mappings().contains(code) && !IsControl(code)) continue;
    text += (is_first ? "" : ", ") + std::string(schema::EnumNameBuiltinOperator(code));
    is_first = false;
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

Result<ir::Graph> Import(std::span<const std::byte> file, const ImportLimits& limits) {
  VERGE_TRY_ASSIGN(const Reader reader, Reader::Open(file, limits));
  VERGE_TRY(CheckOperators(reader));
  ir::Graph graph;
  ReadText(reader, limits, graph);
  Session session{limits, limits.max_subgraphs, 2 * limits.max_operators, {0}};
  Names names;
  States states(graph, names);
  GraphImporter importer(reader, session, graph, names, &states);
  VERGE_TRY(importer.ReadInputs());
  VERGE_TRY(importer.ReadOperators());
  VERGE_TRY_ASSIGN(graph.outputs, importer.Outputs());
  if (graph.outputs.empty()) return VERGE_ERROR(kDataLoss, "the model has no outputs");
  states.Finish();
  VERGE_TRY(ir::Verify(graph));
  return graph;
}

}  // namespace verge::tflite
