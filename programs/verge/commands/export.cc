// verge export: a model of any known type -> .onnx or .tflite, for the tools of others.
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "backend/model_file.h"
#include "compile/compile.h"
#include "export/onnx/export.h"
#include "export/tflite/export.h"
#include "format/model/model.h"
#include "opt/pass.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"
#include "verge/command.h"
#include "verge/engine_flags.h"

namespace verge::cli {
namespace {

struct ExportFlags {
  std::string input;
  std::string output;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  int opset = 0;
  bool optimize = false;
  bool as_json = false;
};

struct Exported {
  std::string format;
  size_t nodes = 0;
  size_t bytes = 0;          // of the model file
  size_t weights_bytes = 0;  // of the file beside it
  int opset = 0;
};

Result<ir::Graph> ReadGraph(const ExportFlags& flags) {
  backend::CompileRequest request;
  VERGE_TRY(ReadShapeFlags(flags.shapes, flags.values, request.shapes, request.values));
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(flags.input));
  uint32_t magic = 0;
  if (file.bytes().size() >= sizeof(magic)) std::memcpy(&magic, file.bytes().data(), sizeof(magic));
  if (magic != format::kModelMagic) return backend::ImportModel(flags.input, request);
  if (!request.shapes.empty() || !request.values.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--shape and --value are for ONNX models; " + flags.input + " is a .vg file");
  }
  const auto verified = format::VerifiedModel::Verify(file.bytes(), nullptr);
  if (!verified.ok()) return Status(verified.status()).WithContext(flags.input);
  return compile::Raise(*verified);
}

// The weights of a model that is too large for one file, each at its place.
Status WriteWeights(const std::string& path, const to_onnx::OnnxFile& file, Exported& exported) {
  std::string bytes;
  for (const auto& buffer : file.weights) {
    const size_t at = (bytes.size() + to_onnx::kWeightsAlignment - 1) / to_onnx::kWeightsAlignment;
    bytes.resize(at * to_onnx::kWeightsAlignment);
    bytes.append(reinterpret_cast<const char*>(buffer->data()), buffer->size());
  }
  exported.weights_bytes = bytes.size();
  return sys::WriteFileAtomic(path, bytes);
}

Result<Exported> WriteOnnx(const ExportFlags& flags, const ir::Graph& graph) {
  const std::string weights_path = flags.output + ".data";
  to_onnx::ExportOptions options;
  options.opset = flags.opset;
  options.weights_name = weights_path.substr(weights_path.rfind('/') + 1);
  VERGE_TRY_ASSIGN(const to_onnx::OnnxFile file, to_onnx::ExportOnnx(graph, options));
  Exported exported{"onnx", file.nodes, file.model.size(), 0, file.opset};
  if (!file.weights.empty()) VERGE_TRY(WriteWeights(weights_path, file, exported));
  VERGE_TRY(sys::WriteFileAtomic(flags.output, file.model));
  return exported;
}

Result<Exported> WriteTflite(const ExportFlags& flags, const ir::Graph& graph) {
  if (flags.opset != 0) return VERGE_ERROR(kInvalidArgument, "--opset is for .onnx files; TFLite has none");
  VERGE_TRY_ASSIGN(const to_tflite::TfliteFile file, to_tflite::ExportTflite(graph));
  VERGE_TRY(sys::WriteFileAtomic(flags.output, file.model));
  return Exported{"tflite", file.nodes, file.model.size(), 0, 0};
}

void Print(const ExportFlags& flags, const Exported& exported) {
  if (flags.as_json) {
    nlohmann::json report = {{"input", flags.input},           {"output", flags.output},
                             {"format", exported.format},      {"nodes", exported.nodes},
                             {"output_bytes", exported.bytes}, {"external_weights_bytes", exported.weights_bytes}};
    if (exported.opset != 0) report["opset"] = exported.opset;
    std::printf("%s\n", report.dump(2).c_str());
    return;
  }
  const std::string opset = exported.opset == 0 ? "" : ", opset " + std::to_string(exported.opset);
  std::printf("%s -> %s (%zu bytes): %zu nodes%s\n", flags.input.c_str(), flags.output.c_str(), exported.bytes,
              exported.nodes, opset.c_str());
  if (exported.weights_bytes > 0) {
    std::printf("  weights: %s.data (%zu bytes); keep both files together\n", flags.output.c_str(),
                exported.weights_bytes);
  }
}

Status Export(const ExportFlags& flags) {
  const bool to_tflite = flags.output.ends_with(".tflite");
  if (!to_tflite && !flags.output.ends_with(".onnx")) {
    return VERGE_ERROR(kInvalidArgument, "-o wants a name that ends with .onnx or .tflite; got " + flags.output);
  }
  VERGE_TRY_ASSIGN(ir::Graph graph, ReadGraph(flags));
  if (flags.optimize) VERGE_TRY(opt::RunPasses(graph).status());
  Result<Exported> exported = to_tflite ? WriteTflite(flags, graph) : WriteOnnx(flags, graph);
  if (!exported.ok()) return std::move(exported).status().WithContext(flags.input);
  Print(flags, *exported);
  return Status::Ok();
}

}  // namespace

void RegisterExport(CLI::App& app) {
  CLI::App* command = app.add_subcommand("export", "Write a model as .onnx or .tflite, for the tools of others");
  auto flags = std::make_shared<ExportFlags>();
  command->add_option("MODEL", flags->input, "A .tflite, .onnx or .vg file")->required();
  command->add_option("-o,--output", flags->output, "The file to write; its ending says the format")->required();
  command->add_option("--opset", flags->opset, "ONNX: exactly this opset (default: 17, or what the ops need)");
  AddShapeFlags(*command, flags->shapes, flags->values);
  command->add_flag("--optimize", flags->optimize, "Run Verge's passes first: batch norms folded, activations fused");
  command->add_flag("--json", flags->as_json, "Report as JSON");
  OnRun(*command, [flags] { return Export(*flags); });
}

}  // namespace verge::cli
