// Opens a model for the engine that was chosen.
//
// Files     Verge's engine takes .vg, .tflite and .onnx; ONNX Runtime takes .onnx as it is.
// Errors    of the importers, of the runtime, of ONNX Runtime; kInvalidArgument for a wish that the engine cannot
// grant.
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
  bool force_reference = false;  // Verge: the plain reference kernels
  CompileRequest compile = {};   // ONNX Runtime: shapes, values and `optimize`
};

// The same for one engine. CheckFitsOrt: ONNX Runtime can grant what is asked of it, and `path` is an ONNX model.
runtime::LoadOptions LoadOptionsOf(const OpenOptions& options);
OrtOptions OrtOptionsOf(const OpenOptions& options);
Status CheckFitsOrt(const std::string& path, const OpenOptions& options);

Result<std::unique_ptr<EngineSession>> Open(const std::string& path, const OpenOptions& options);

}  // namespace verge::backend
