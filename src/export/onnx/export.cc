#include "export/onnx/export.h"

#include <algorithm>

#include "export/onnx/emitter.h"
#include "export/onnx/write.h"

namespace verge::to_onnx {
namespace {

struct Attempt {
  ModelDef model;
  std::vector<std::string> problems;
  std::vector<std::string> newer;  // nodes that want a newer opset
  int needed_opset = 0;
};

std::string Label(const ir::Node& node) { return "'" + node.name + "' (" + ops::GetOp(node.op).name + ")"; }

void ExportNode(const ir::Node& node, Builder& builder, int opset, Attempt& attempt) {
  const Exporter* exporter = AllExporters()[node.op];
  if (exporter == nullptr) {
    attempt.problems.push_back(Label(node) + " has no form in ONNX");
    return;
  }
  builder.SetScope(node.name);
  Emitter emitter(builder, node, opset, exporter->moves_data);
  exporter->emit(emitter);
  for (const std::string& problem : emitter.problems()) attempt.problems.push_back(Label(node) + " " + problem);
  if (emitter.needed_opset() > opset) {
    attempt.newer.push_back(Label(node) + " wants opset " + std::to_string(emitter.needed_opset()));
    attempt.needed_opset = std::max(attempt.needed_opset, emitter.needed_opset());
  }
}

Attempt Try(const ir::Graph& graph, int opset) {
  Attempt attempt;
  attempt.model.name = graph.name;
  attempt.model.opset = opset;
  attempt.model.metadata = graph.metadata;
  Builder builder(graph, attempt.model,
                  [&](const ir::Node& node, Builder& here) { ExportNode(node, here, opset, attempt); });
  builder.ExportNodes();
  if (attempt.problems.empty() && attempt.newer.empty()) {
    builder.PutOutputs();
    Finish(attempt.model);
  }
  return attempt;
}

std::string Join(const std::vector<std::string>& parts) {
  constexpr size_t kShown = 50;
  std::string text;
  for (size_t i = 0; i < parts.size() && i < kShown; ++i) text += (i == 0 ? "" : "; ") + parts[i];
  if (parts.size() > kShown) text += "; and " + std::to_string(parts.size() - kShown) + " more";
  return text;
}

}  // namespace

Result<OnnxFile> ExportOnnx(const ir::Graph& graph, const ExportOptions& options) {
  if (options.opset != 0 && (options.opset < kMinOpset || options.opset > kMaxOpset)) {
    return VERGE_ERROR(kInvalidArgument, "opset " + std::to_string(options.opset) + " cannot be written; known are " +
                                             std::to_string(kMinOpset) + " to " + std::to_string(kMaxOpset));
  }
  Attempt attempt = Try(graph, options.opset == 0 ? kDefaultOpset : options.opset);
  if (options.opset == 0 && attempt.problems.empty() && attempt.needed_opset > 0) {
    attempt = Try(graph, attempt.needed_opset);
  }
  attempt.problems.insert(attempt.problems.end(), attempt.newer.begin(), attempt.newer.end());
  if (!attempt.problems.empty()) {
    return VERGE_ERROR(kUnsupported, "the model cannot be written as ONNX: " + Join(attempt.problems));
  }
  return Write(attempt.model, options);
}

}  // namespace verge::to_onnx
