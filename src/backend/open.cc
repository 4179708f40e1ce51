#include "backend/open.h"

#include "backend/partition/session.h"
#include "backend/verge_session.h"
#include "export/onnx/export.h"
#include "import/onnx/model.h"
#include "import/tflite/import.h"
#include "opt/pass.h"
#include "sys/file/mapped_file.h"

namespace verge::backend {
namespace {

Result<bool> IsOnnxFile(const std::string& path) {
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
  return !tflite::LooksLikeTflite(file.bytes()) && onnx::LooksLikeOnnx(file.bytes());
}

OrtOptions OrtOptionsOf(const OpenOptions& options) {
  OrtOptions ort;
  ort.choice = options.choice;
  ort.threads = options.threads;
  ort.optimize = options.compile.optimize;
  return ort;
}

Result<std::unique_ptr<EngineSession>> OpenVerge(OpenedModel opened) {
  VERGE_TRY_ASSIGN(std::unique_ptr<VergeSession> session, VergeSession::Create(std::move(opened)));
  return std::unique_ptr<EngineSession>(std::move(session));
}

Result<std::unique_ptr<EngineSession>> OpenWhole(const std::string& path, const OpenOptions& options) {
  VERGE_TRY_ASSIGN(const OrtModel model, ModelForOrt(path, options));
  return OpenOnnxRuntime({.path = model.path, .bytes = model.bytes}, model.options);
}

Result<std::unique_ptr<EngineSession>> OpenParts(const std::string& path, const OpenOptions& options) {
  VERGE_TRY_ASSIGN(ir::Graph graph, ImportModel(path, options.compile));
  if (!graph.states.empty() || !graph.subgraphs.empty()) {
    return VERGE_ERROR(kUnsupported, "a model with states or control flow cannot be run in parts");
  }
  if (options.compile.optimize) {
    opt::PassOptions passes;
    passes.without.assign(options.compile.skip_passes.begin(), options.compile.skip_passes.end());
    VERGE_TRY(opt::RunPasses(graph, passes).status());
  }
  VERGE_TRY_ASSIGN(const std::vector<bool> is_named, NamedNodes(graph, options.nodes));
  const auto open_named = [&](const ir::Graph& part) -> Result<std::unique_ptr<EngineSession>> {
    VERGE_TRY_ASSIGN(const to_onnx::OnnxFile file, to_onnx::ExportOnnx(part));
    return OpenOnnxRuntime({.bytes = file.model}, OrtOptionsOf(options));
  };
  const auto open_other = [&](const ir::Graph& part) -> Result<std::unique_ptr<EngineSession>> {
    VERGE_TRY_ASSIGN(OpenedModel opened, LoadGraph(part, LoadOptionsOf(options), {.optimize = false}));
    return OpenVerge(std::move(opened));
  };
  return OpenPartitioned(graph, is_named, open_named, open_other);
}

}  // namespace

Result<OrtModel> ModelForOrt(const std::string& path, const OpenOptions& options) {
  if (options.force_reference || !options.compile.skip_passes.empty()) {
    return VERGE_ERROR(kInvalidArgument, "reference kernels and passes belong to Verge's own engine");
  }
  OrtModel model{path, "", OrtOptionsOf(options)};
  VERGE_TRY_ASSIGN(const bool is_onnx, IsOnnxFile(path));
  if (is_onnx) {
    model.options.shapes = options.compile.shapes;
    model.options.values = options.compile.values;
    return model;
  }
  VERGE_TRY_ASSIGN(const ir::Graph graph, ImportModel(path, options.compile));
  VERGE_TRY_ASSIGN(to_onnx::OnnxFile file, to_onnx::ExportOnnx(graph));
  model.path.clear();
  model.bytes = std::move(file.model);
  return model;
}

runtime::LoadOptions LoadOptionsOf(const OpenOptions& options) {
  runtime::LoadOptions load;
  load.threads = options.threads;
  load.force_reference = options.force_reference;
  load.keep_values = options.keep_values;
  load.chooser = options.chooser;
  return load;
}

Result<std::unique_ptr<EngineSession>> Open(const std::string& path, const OpenOptions& options) {
  if (options.choice.kind == Kind::kOnnxRuntime) {
    Result<std::unique_ptr<EngineSession>> session =
        options.nodes.empty() ? OpenWhole(path, options) : OpenParts(path, options);
    if (!session.ok()) return std::move(session).status().WithContext(path);
    return session;
  }
  if (!options.nodes.empty()) {
    return VERGE_ERROR(kInvalidArgument, "nodes are named for ONNX Runtime: choose the backend onnxruntime");
  }
  VERGE_TRY_ASSIGN(OpenedModel opened, OpenModel(path, LoadOptionsOf(options), options.compile));
  return OpenVerge(std::move(opened));
}

}  // namespace verge::backend
