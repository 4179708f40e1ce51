// ONNX Runtime as a library that is loaded when it is asked for. Verge neither contains it nor is linked against it.
//
// Where     the given path or name; else the environment variable VERGE_ONNXRUNTIME; else libonnxruntime.so.1 and
//           libonnxruntime.so on the loader's search path.
// Trust     the library runs in this process with all of its rights.
// Threads   immutable once loaded; share freely.
#pragma once

#include <memory>
#include <string>

#include "backend/onnxruntime/ort_api.h"
#include "base/status.h"

namespace verge::backend {

class OrtLibrary {
 public:
  // Errors: kNotFound no library, with a hint where to get one; kUnsupported it is another library, or too old.
  // Shared: every session keeps the library's environment alive.
  static Result<std::shared_ptr<const OrtLibrary>> Load(const std::string& path);

  const OrtApi& api() const { return *api_; }
  OrtEnv* env() const { return env_.get(); }
  // "1.30.0"
  const std::string& version() const { return version_; }
  // Takes a status of the library (null: ok) and releases it. `what` begins the message: "cannot load the model".
  Status Check(OrtStatus* status, const char* what) const;

 private:
  using Env = std::unique_ptr<OrtEnv, void (*)(OrtEnv*)>;
  OrtLibrary(const OrtApi* api, std::string version)
      : api_(api), version_(std::move(version)), env_(nullptr, nullptr) {}

  const OrtApi* api_;
  std::string version_;
  Env env_;
};

}  // namespace verge::backend
