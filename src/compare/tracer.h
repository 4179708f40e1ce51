// A model opened so that all it computes can be read, by either engine.
//
// Verge       each node's outputs, read before a later node may write over them: the kernels and the memory of a usual
//             run.
// ONNX Runtime  the computed values of the top graph, made outputs of a copy of the model; it cannot fuse nodes then.
#pragma once

#include <memory>
#include <string>

#include "backend/open.h"
#include "compare/layer.h"

namespace verge::compare {

class Tracer {
 public:
  Tracer() = default;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  virtual ~Tracer() = default;

  // For filling the inputs.
  virtual const backend::EngineSession& session() const = 0;
  // Runs the model once.
  virtual Result<std::vector<Layer>> Trace() = 0;
};

// Errors: as of backend::Open.
Result<std::unique_ptr<Tracer>> OpenTracer(const std::string& path, const backend::OpenOptions& options);

}  // namespace verge::compare
