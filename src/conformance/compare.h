// Compares what a model computed with what a test suite says it must compute.
#pragma once

#include "import/onnx/model.h"
#include "ir/graph.h"

namespace verge::conformance {

// Ok, or what differs first. `want` names dtype and shape; `got` holds the bytes of a tensor of `type`.
Status CompareTensor(const onnx::TensorData& want, const TensorType& type, const ir::Buffer& got);

}  // namespace verge::conformance
