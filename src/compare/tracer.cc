#include "compare/tracer.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "backend/onnxruntime/session.h"
#include "backend/verge_session.h"
#include "compare/function.h"
#include "import/onnx/expose.h"
#include "sys/file/mapped_file.h"

namespace verge::compare {
namespace {

class VergeTracer final : public Tracer {
 public:
  explicit VergeTracer(std::unique_ptr<backend::VergeSession> session) : session_(std::move(session)) {}

  const backend::EngineSession& session() const override { return *session_; }

  Result<std::vector<Layer>> Trace() override {
    const format::ModelTables& tables = session_->opened().model->tables();
    std::vector<Layer> layers;
    runtime::Session& session = session_->session();
    session.RunStepwise([&](size_t n) {
      const format::ModelNode& node = tables.nodes[n];
      for (const uint32_t id : node.outputs) {
        Layer layer;
        layer.name = tables.values[id].name;
        layer.node = node.name;
        layer.op = ops::GetOp(node.op).name;
        layer.function = FunctionOf(node.op, node.attrs);
        layer.is_output = std::ranges::find(tables.outputs, id) != tables.outputs.end();
        layer.numbers = Numbers::CopyOf(session.value(id));
        layers.push_back(std::move(layer));
      }
    });
    return layers;
  }

 private:
  std::unique_ptr<backend::VergeSession> session_;
};

class OrtTracer final : public Tracer {
 public:
  OrtTracer(std::unique_ptr<backend::EngineSession> session, std::vector<onnx::ComputedValue> values,
            std::set<std::string> outputs)
      : session_(std::move(session)), values_(std::move(values)), outputs_(std::move(outputs)) {}

  const backend::EngineSession& session() const override { return *session_; }

  Result<std::vector<Layer>> Trace() override {
    VERGE_TRY(session_->Run());
    std::unordered_map<std::string_view, const Tensor*> computed;
    for (const backend::Port& port : session_->outputs()) computed[port.name] = &port.tensor;
    std::vector<Layer> layers;
    for (const onnx::ComputedValue& value : values_) {
      const auto found = computed.find(value.name);
      if (found == computed.end()) continue;  // of a type that Verge does not have
      layers.push_back({value.name, value.node, value.op, FunctionOfOnnx(value.op), outputs_.contains(value.name),
                        Numbers::CopyOf(*found->second)});
    }
    return layers;
  }

 private:
  std::unique_ptr<backend::EngineSession> session_;
  std::vector<onnx::ComputedValue> values_;
  std::set<std::string> outputs_;
};

Result<std::unique_ptr<Tracer>> OpenOrtTracer(const std::string& path, const backend::OpenOptions& options) {
  VERGE_TRY_ASSIGN(backend::OrtModel model, backend::ModelForOrt(path, options));
  onnx::ExposedModel exposed;
  if (model.bytes.empty()) {
    VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
    VERGE_TRY_ASSIGN(exposed, onnx::ExposeValues(file.bytes()));
  } else {
    VERGE_TRY_ASSIGN(exposed, onnx::ExposeValues(std::as_bytes(std::span(model.bytes))));
  }
  model.options.skip_foreign_outputs = true;
  VERGE_TRY_ASSIGN(std::unique_ptr<backend::EngineSession> session,
                   backend::OpenOnnxRuntime({.path = model.path, .bytes = exposed.bytes}, model.options));
  return std::unique_ptr<Tracer>(std::make_unique<OrtTracer>(
      std::move(session), exposed.values, std::set<std::string>(exposed.outputs.begin(), exposed.outputs.end())));
}

}  // namespace

Result<std::unique_ptr<Tracer>> OpenTracer(const std::string& path, const backend::OpenOptions& options) {
  if (options.choice.kind == backend::Kind::kOnnxRuntime) {
    Result<std::unique_ptr<Tracer>> tracer = OpenOrtTracer(path, options);
    if (!tracer.ok()) return std::move(tracer).status().WithContext(path);
    return tracer;
  }
  runtime::LoadOptions load = backend::LoadOptionsOf(options);
  load.keep_values = true;
  VERGE_TRY_ASSIGN(backend::OpenedModel opened, backend::OpenModel(path, load, options.compile));
  VERGE_TRY_ASSIGN(std::unique_ptr<backend::VergeSession> session, backend::VergeSession::Create(std::move(opened)));
  return std::unique_ptr<Tracer>(std::make_unique<VergeTracer>(std::move(session)));
}

}  // namespace verge::compare
