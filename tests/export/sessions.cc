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

void Set(const backend::EngineSession& session, const std::string& name, const void* data, size_t bytes) {
  const backend::Port* port = FindPort(session.inputs(), name);
  if (port == nullptr || port->tensor.type.CheckedBytes() != bytes) return;
  if (data == nullptr) {
    std::memset(port->tensor.data, 0, bytes);
  } else {
    std::memcpy(port->tensor.data, data, bytes);
  }
}

// What each state begins with; null: zeros.
std::vector<ir::BufferPtr> InitialStates(const ir::Graph& graph) {
  std::vector<ir::BufferPtr> states;
  for (const ir::State& state : graph.states)
    states.push_back(state.initial == ir::kNoValue ? nullptr : graph.value(state.initial).constant);
  return states;
}

// States that are inputs and outputs of an exported model are carried over from run to run, as whoever runs it must.
// Copies, because outputs may lie where inputs are written.
void TakeStates(const backend::EngineSession& session, const ir::Graph& graph, std::vector<ir::BufferPtr>& states) {
  for (size_t i = 0; i < states.size(); ++i) {
    const backend::Port* next = FindPort(session.outputs(), graph.value(graph.states[i].input).name + ".next");
    if (next == nullptr) continue;
    states[i] = ir::Buffer::CopyOf(next->tensor.data, next->tensor.type.CheckedBytes().value_or(0));
  }
}

Result<std::vector<ir::BufferPtr>> Run(backend::EngineSession& session, const ir::Graph& graph,
                                       const std::vector<ir::BufferPtr>& inputs) {
  const int rounds = graph.states.empty() ? 1 : 4;
  std::vector<ir::BufferPtr> states = InitialStates(graph);
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < inputs.size(); ++i)
      Set(session, graph.value(graph.inputs[i]).name, inputs[i]->data(), inputs[i]->size());
    for (size_t i = 0; i < states.size(); ++i) {
      const ir::Value& value = graph.value(graph.states[i].input);
      Set(session, value.name, states[i] == nullptr ? nullptr : states[i]->data(),
          value.type().CheckedBytes().value_or(0));
    }
    VERGE_TRY(session.Run());
    TakeStates(session, graph, states);
  }
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

Result<std::vector<ir::BufferPtr>> RunVerge(const ir::Graph& model, const ir::Graph& graph,
                                            const std::vector<ir::BufferPtr>& inputs) {
  VERGE_TRY_ASSIGN(backend::OpenedModel opened, backend::LoadGraph(model, {}));
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
