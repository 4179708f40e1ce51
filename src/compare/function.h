// One word for what a node applied last, whatever the format calls it: what makes two layers of renamed values alike.
#pragma once

#include <string>
#include <string_view>

#include "ops/op_def.h"

namespace verge::compare {

// "relu" for a convolution with a fused relu, "sigmoid" for a unary of that kind, "conv" for a convolution.
std::string FunctionOf(ops::OpId op, const ops::OpAttrs& attrs);
// "conv" for ONNX's "Conv", "sigmoid" for its "Sigmoid".
std::string FunctionOfOnnx(std::string_view op);

}  // namespace verge::compare
