#include <algorithm>

#include "compile/lower.h"

#include "compile/compile.h"
#include "format/model/layout.h"
#include "format/model/writer.h"

namespace verge::compile {
namespace {

static_assert(ir::kNoValue == format::kOmittedInput);

std::string PlainName(std::string name, const char* kind, size_t index) {
  if (name.empty()) name = std::string(kind) + std::to_string(index);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '_');
  return name;
}

// Borrows the constants of `graph`.
format::ModelSpec SpecOf(const ir::Graph& graph) {
  format::ModelSpec spec;
  spec.name = PlainName(graph.name, "model", 0);
  for (const ir::Value& value : graph.values) {
    format::ValueSpec out{PlainName(value.name, "value", spec.values.size()), value.type(), {}};
    if (value.is_constant()) out.constant = {value.constant->data(), value.constant->size()};
    spec.values.push_back(std::move(out));
  }
  for (const ir::Node& node : graph.nodes) {
    spec.nodes.push_back({node.op, PlainName(node.name, "node", spec.nodes.size()), node.attrs, node.inputs,
                          node.outputs, node.subgraphs});
  }
  spec.inputs = graph.inputs;
  spec.outputs = graph.outputs;
  for (const ir::State& state : graph.states) spec.states.push_back({state.input, state.output, state.initial});
  for (const ir::CountedDim& c : graph.counted) {
    spec.counted.push_back({c.output, static_cast<uint32_t>(c.dim), c.factor, c.count});
  }
  for (const ir::Graph& subgraph : graph.subgraphs) spec.subgraphs.push_back(SpecOf(subgraph));
  spec.metadata = graph.metadata;
  return spec;
}

}  // namespace

Result<format::AlignedBytes> Lower(ir::Graph graph, const format::StorageOptions& storage) {
  ir::Compact(graph);
  return LowerCompact(graph, {}, storage);
}

Result<format::AlignedBytes> LowerCompact(const ir::Graph& graph, const format::Dynamics& dynamics,
                                          const format::StorageOptions& storage) {
  format::ModelSpec spec = SpecOf(graph);
  spec.dynamics = dynamics;
  return format::WriteModel(spec, storage);
}

}  // namespace verge::compile
