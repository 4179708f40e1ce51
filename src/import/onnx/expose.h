// An ONNX model whose every computed value is also an output: how another engine is asked what it computes on the way.
//
// Values of subgraphs (of If, Loop, Scan) stay inside. Threads: pure function.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "import/onnx/model.h"

namespace verge::onnx {

// A computed value and the node that computes it.
struct ComputedValue {
  std::string name;
  std::string node;  // "" when the file gives it no name
  std::string op;
};

struct ExposedModel {
  std::string bytes;                  // a model file
  std::vector<ComputedValue> values;  // in the order of the file's nodes
  std::vector<std::string> outputs;   // those that were outputs before
};

// Errors: kDataLoss the bytes are no ONNX model; kResourceExhausted above the limits.
Result<ExposedModel> ExposeValues(std::span<const std::byte> file, const ParseLimits& limits = {});

}  // namespace verge::onnx
