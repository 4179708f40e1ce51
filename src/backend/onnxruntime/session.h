// A model that ONNX Runtime runs.
//
// Inputs    an unknown first dimension becomes 1 (one sample), as when Verge imports; other unknown ones want a shape.
// Memory    inputs lie in memory of the session, outputs in that of the library.
// Errors    kNotFound, kUnsupported of OrtLibrary::Load; kUnsupported a provider that the library was built without, or
//           a type that Verge does not have (strings, sequences); kFailedPrecondition a shape is missing; whatever the
//           library reports, in its words.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "backend/choice.h"
#include "backend/engine_session.h"

namespace verge::backend {

// The model is a file, or its bytes when they are not empty; `path` then says beside what weights in other files lie.
struct OnnxSource {
  std::string path = {};
  std::string_view bytes = {};
};

struct OrtOptions {
  Choice choice = {};
  int threads = 1;
  bool optimize = true;                       // off: the graph is run as it stands in the file
  std::map<std::string, Shape> shapes = {};   // of inputs whose dimensions the file does not say
  std::map<std::string, double> values = {};  // inputs that always have this value; they are no inputs() then
  // Outputs of types that Verge does not have are left out instead of refused.
  bool skip_foreign_outputs = false;
};

Result<std::unique_ptr<EngineSession>> OpenOnnxRuntime(const OnnxSource& source, const OrtOptions& options);

}  // namespace verge::backend
