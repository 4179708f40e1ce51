// What every engine looks like to those who run models: tensors to fill, a run, tensors to read.
//
//   write session.inputs()[i].tensor.data ... session.Run() ... read session.outputs()[i].tensor.data
//
// Inputs    in memory of the session, zero-filled at first; they keep their contents through a run.
// Outputs   valid until the next run; null data before the first.
// Threads   one thread at a time uses a session.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"

namespace verge::backend {

struct Port {
  std::string name;
  Tensor tensor;
};

class EngineSession {
 public:
  EngineSession() = default;
  EngineSession(const EngineSession&) = delete;
  EngineSession& operator=(const EngineSession&) = delete;
  virtual ~EngineSession() = default;

  virtual std::span<const Port> inputs() const = 0;
  virtual std::span<const Port> outputs() const = 0;
  virtual Status Run() = 0;
  // The engine, for people: "verge", "onnxruntime 1.30.0 (cpu)".
  virtual std::string_view engine() const = 0;
};

// Index of an input; kNotFound lists the names there are.
Result<size_t> FindInput(const EngineSession& session, std::string_view name);

}  // namespace verge::backend
