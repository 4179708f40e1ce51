#include "inspect/facts.h"

#include <cstring>

#include "format/model/encoding/encoding.h"
#include "import/onnx/import.h"
#include "import/tflite/import.h"

namespace verge::inspect {

static_assert(format::kOmittedInput == ir::kNoValue);

ModelFacts FactsOf(const ir::Graph& graph, std::string format) {
  ModelFacts facts;
  facts.format = std::move(format);
  facts.name = graph.name;
  facts.metadata = graph.metadata;
  facts.inputs = graph.inputs;
  facts.outputs = graph.outputs;
  for (const ir::State& state : graph.states) facts.states.push_back(state.input);
  for (const ir::Value& value : graph.values) {
    facts.values.push_back({.name = value.name,
                            .dtype = value.dtype,
                            .shape = value.shape,
                            .is_constant = value.is_constant(),
                            .stored_bytes = value.is_constant() ? value.constant->size() : 0});
  }
  for (const ir::Node& node : graph.nodes) {
    facts.nodes.push_back({node.name, node.op, node.attrs, node.inputs, node.outputs});
  }
  return facts;
}

ModelFacts FactsOf(const format::ModelTables& tables, std::string format) {
  ModelFacts facts;
  facts.format = std::move(format);
  facts.name = tables.name;
  for (const auto& [key, text] : tables.metadata) facts.metadata.emplace_back(key, text);
  facts.inputs.assign(tables.inputs.begin(), tables.inputs.end());
  facts.outputs.assign(tables.outputs.begin(), tables.outputs.end());
  for (const format::ModelState& state : tables.states) facts.states.push_back(state.input);
  for (const format::Symbol& s : tables.dynamics.symbols) {
    facts.open_sizes.push_back({std::string(s.name), s.min, s.max, s.step});
  }
  for (const format::ModelValue& value : tables.values) {
    ValueFacts& to = facts.values.emplace_back();
    to = {std::string(value.name), value.type.dtype, value.type.shape, value.constant != nullptr};
    if (!value.encoded.empty()) {
      to.stored_bytes = value.encoded.size();
      to.encoding = format::EncodingName(value.encoded);
    } else if (to.is_constant) {
      to.stored_bytes = value.type.CheckedBytes().value_or(0);
    }
  }
  for (const format::ModelNode& node : tables.nodes) {
    facts.nodes.push_back({std::string(node.name),
                           node.op,
                           node.attrs,
                           {node.inputs.begin(), node.inputs.end()},
                           {node.outputs.begin(), node.outputs.end()}});
  }
  return facts;
}

Result<ModelFacts> ReadModel(std::span<const std::byte> file) {
  if (tflite::LooksLikeTflite(file)) {
    VERGE_TRY_ASSIGN(const ir::Graph graph, tflite::Import(file));
    return FactsOf(graph, "tflite");
  }
  uint32_t magic = 0;
  if (file.size() >= sizeof(magic)) std::memcpy(&magic, file.data(), sizeof(magic));
  if (magic == format::kModelMagic) {
    VERGE_TRY_ASSIGN(const format::VerifiedModel model, format::VerifiedModel::Verify(file, nullptr));
    return FactsOf(model.tables(), "vg");
  }
  if (onnx::LooksLikeOnnx(file)) {
    VERGE_TRY_ASSIGN(const ir::Graph graph, onnx::Import(file));
    return FactsOf(graph, "onnx");
  }
  return VERGE_ERROR(kUnsupported, "not a model file; known are TFLite (.tflite), ONNX (.onnx) and Verge's own (.vg)");
}

}  // namespace verge::inspect
