#include "export/tflite/export.h"

#include <map>

#include "export/tflite/convert/tables.h"

namespace verge::to_tflite {
namespace {

const std::map<ops::OpId, const Converter*>& Converters() {
  static const std::map<ops::OpId, const Converter*> table = [] {
    std::map<ops::OpId, const Converter*> built;
    for (const auto& family : {kAttentionConverters, kElementwiseConverters, kNormalisationConverters, kShapeConverters,
                               kWindowConverters}) {
      for (const Converter& row : family) built[row.op] = &row;
    }
    return built;
  }();
  return table;
}

std::string Label(const ir::Node& node) { return "'" + node.name + "' (" + ops::GetOp(node.op).name + ")"; }

// FlatBuffers count in 31 bits; the rest of the file is small against the margin.
Status CheckSize(const ir::Graph& graph) {
  constexpr size_t kMaxWeightBytes = (size_t{2} << 30) - (size_t{64} << 20);
  size_t total = 0;
  for (const ir::Value& value : graph.values) total += value.is_constant() ? value.constant->size() : 0;
  if (total <= kMaxWeightBytes) return Status::Ok();
  return VERGE_ERROR(kResourceExhausted, "the model has " + std::to_string(total) +
                                             " bytes of weights, a TFLite file holds at most 2 GiB; write ONNX");
}

std::string Join(const std::vector<std::string>& parts) {
  constexpr size_t kShown = 50;
  std::string text;
  for (size_t i = 0; i < parts.size() && i < kShown; ++i) text += (i == 0 ? "" : "; ") + parts[i];
  if (parts.size() > kShown) text += "; and " + std::to_string(parts.size() - kShown) + " more";
  return text;
}

}  // namespace

Result<TfliteFile> ExportTflite(const ir::Graph& graph) {
  VERGE_TRY(CheckSize(graph));
  Builder builder(graph);
  for (const ir::ValueId id : graph.inputs) builder.TensorOf(id);
  std::vector<std::string> problems;
  for (const ir::State& state : graph.states) {
    problems.push_back("'" + graph.value(state.input).name + "' is memory between runs, which is written to ONNX only");
  }
  for (const ir::CountedDim& dim : graph.counted) {
    problems.push_back("'" + graph.value(graph.outputs[dim.output]).name + "' has a size that depends on data");
  }
  for (const ir::Node& node : graph.nodes) {
    const auto row = Converters().find(node.op);
    if (row == Converters().end()) {
      problems.push_back(Label(node) + " has no form in TFLite");
      continue;
    }
    Emitter emitter(builder, node);
    row->second->convert(emitter);
    for (const std::string& problem : emitter.problems()) problems.push_back(Label(node) + " " + problem);
  }
  problems.insert(problems.end(), builder.problems().begin(), builder.problems().end());
  if (!problems.empty()) {
    return VERGE_ERROR(kUnsupported, "the model cannot be written as TFLite: " + Join(problems) +
                                         "; ONNX expresses more (-o model.onnx)");
  }
  return TfliteFile{builder.Finish(), builder.operator_count()};
}

}  // namespace verge::to_tflite
