#include "export/sessions.h"

#include <cstring>
#include <fstream>

#include "backend/model_file.h"
#include "backend/onnxruntime/session.h"
#include "backend/verge_session.h"

namespace verge::exported {
namespace {

const backend::Port* FindPort(std::span<const backend::Port> ports, const std::string& name) {
  for (const backend::Port& port : ports) {
    if (port.name == name) return &port;
  }
  return nullptr;
}

Result<std::vector<ir::BufferPtr>> Run(backend::EngineSession& session, const ir::Graph& graph,
                                       const std::vector<ir::BufferPtr>& inputs) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = graph.value(graph.inputs[i]).name;
    const backend::Port* port = FindPort(session.inputs(), name);
    if (port == nullptr) continue;  // nothing reads it
    if (port->tensor.type.CheckedBytes() != inputs[i]->size())
      return VERGE_ERROR(kInvalidArgument, "input '" + name + "' has another size");
    std::memcpy(port->tensor.data, inputs[i]->data(), inputs[i]->size());
  }
  VERGE_TRY(session.Run());
  std::vector<ir::BufferPtr> outputs;
  for (const ir::ValueId id : graph.outputs) {
    const backend::Port* port = FindPort(session.outputs(), graph.value(id).name);
    if (port == nullptr) return VERGE_ERROR(kNotFound, "output '" + graph.value(id).name + "' is missing");
    outputs.push_back(ir::Buffer::CopyOf(port->tensor.data, port->tensor.type.CheckedBytes().value_or(0)));
  }
  return outputs;
}

}  // namespace

bool HasOrt() { return std::ifstream(kOrtLibrary).good(); }

Result<std::vector<ir::BufferPtr>> RunVerge(const ir::Graph& graph, const std::vector<ir::BufferPtr>& inputs) {
  VERGE_TRY_ASSIGN(backend::OpenedModel opened, backend::LoadGraph(graph, {}));
  VERGE_TRY_ASSIGN(const auto session, backend::VergeSession::Create(std::move(opened)));
  return Run(*session, graph, inputs);
}

Result<std::vector<ir::BufferPtr>> RunOrt(std::string_view file, const ir::Graph& graph,
                                          const std::vector<ir::BufferPtr>& inputs) {
  backend::OrtOptions options;
  options.choice.kind = backend::Kind::kOnnxRuntime;
  options.choice.library = kOrtLibrary;
  VERGE_TRY_ASSIGN(const auto session, backend::OpenOnnxRuntime({.path = "exported.onnx", .bytes = file}, options));
  return Run(*session, graph, inputs);
}

std::vector<std::pair<std::string, std::string>> ReadReasons(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> reasons;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    reasons.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return reasons;
}

}  // namespace verge::exported
