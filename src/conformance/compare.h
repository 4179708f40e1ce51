// Compares what a model computed with what a test suite says it must compute.
#pragma once

#include "import/onnx/model.h"
#include "ir/graph.h"

namespace verge::conformance {

// Ok, or what differs first. `want` names dtype and shape; `got` holds the bytes of a tensor of `type`. Floats may
// differ by the suite's own tolerances, or by `of_largest` times the largest finite |want| of the tensor.
Status CompareTensor(const onnx::TensorData& want, const TensorType& type, const ir::Buffer& got,
                     double of_largest = 0);

// The largest |got - want| of float tensors as a share of the largest |want|, over finite numbers; 0 for other types.
double WorstShare(const onnx::TensorData& want, const TensorType& type, const ir::Buffer& got);

}  // namespace verge::conformance
