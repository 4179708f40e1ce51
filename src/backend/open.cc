#include "backend/open.h"

#include "backend/verge_session.h"
#include "import/onnx/model.h"
#include "import/tflite/import.h"
#include "sys/file/mapped_file.h"

namespace verge::backend {
Status CheckFitsOrt(const std::string& path, const OpenOptions& options) {
  if (options.force_reference || !options.compile.skip_passes.empty()) {
    return VERGE_ERROR(kInvalidArgument, "reference kernels and passes belong to Verge's own engine");
  }
  VERGE_TRY_ASSIGN(const sys::MappedFile file, sys::MappedFile::Open(path));
  if (!tflite::LooksLikeTflite(file.bytes()) && onnx::LooksLikeOnnx(file.bytes())) return Status::Ok();
  return VERGE_ERROR(kUnsupported, path + " is no ONNX model, which is what ONNX Runtime takes");
}

OrtOptions OrtOptionsOf(const OpenOptions& options) {
  OrtOptions ort;
  ort.choice = options.choice;
  ort.threads = options.threads;
  ort.optimize = options.compile.optimize;
  ort.shapes = options.compile.shapes;
  ort.values = options.compile.values;
  return ort;
}

runtime::LoadOptions LoadOptionsOf(const OpenOptions& options) {
  runtime::LoadOptions load;
  load.threads = options.threads;
  load.force_reference = options.force_reference;
  return load;
}

Result<std::unique_ptr<EngineSession>> Open(const std::string& path, const OpenOptions& options) {
  if (options.choice.kind == Kind::kOnnxRuntime) {
    VERGE_TRY(CheckFitsOrt(path, options));
    Result<std::unique_ptr<EngineSession>> session = OpenOnnxRuntime({.path = path}, OrtOptionsOf(options));
    if (!session.ok()) return std::move(session).status().WithContext(path);
    return session;
  }
  VERGE_TRY_ASSIGN(OpenedModel opened, OpenModel(path, LoadOptionsOf(options), options.compile));
  VERGE_TRY_ASSIGN(std::unique_ptr<VergeSession> session, VergeSession::Create(std::move(opened)));
  return std::unique_ptr<EngineSession>(std::move(session));
}

}  // namespace verge::backend
