// Opens a model for the engine that was chosen.
//
// Files     Verge's engine takes .vg, .tflite and .onnx. ONNX Runtime takes .onnx as it is, and .tflite by way of the
//           importer and the exporter (export/onnx).
// Parts     with `nodes`, the model is imported and optimised, ONNX Runtime runs the nodes that the expression names
// and
//           Verge the others (partition/split.h).
// Errors    of the importers, the exporter, the runtime, ONNX Runtime; kInvalidArgument for a wish that the engine
// cannot
//           grant; kUnsupported a model with states or control flow in parts
#pragma once

#include <memory>
#include <string>

#include "backend/choice.h"
#include "backend/engine_session.h"
#include "backend/model_file.h"
#include "backend/onnxruntime/session.h"

namespace verge::backend {

struct OpenOptions {
  Choice choice = {};
  int threads = 1;
  bool force_reference = false;                                     // Verge: the plain reference kernels
  bool keep_values = false;                                         // Verge: runtime::LoadOptions::keep_values
  std::shared_ptr<const runtime::KernelChooser> chooser = nullptr;  // Verge: runtime::LoadOptions::chooser
  CompileRequest compile = {};                                      // ONNX Runtime: shapes, values and `optimize`
  std::string nodes = {};  // ONNX Runtime: a regular expression on names of nodes; "": all of them
};

// A model as ONNX Runtime takes it. Views nothing of its source.
struct OrtModel {
  std::string path;   // "": exported
  std::string bytes;  // "": the file at `path`
  OrtOptions options;
};

// What Open does for each engine. ModelForOrt does not look at `nodes`.
runtime::LoadOptions LoadOptionsOf(const OpenOptions& options);
Result<OrtModel> ModelForOrt(const std::string& path, const OpenOptions& options);

Result<std::unique_ptr<EngineSession>> Open(const std::string& path, const OpenOptions& options);

}  // namespace verge::backend
