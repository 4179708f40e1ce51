// What the converters of ai.onnx.ml share.
#pragma once

#include <vector>

#include "import/onnx/convert/tables.h"

namespace verge::onnx {

// The classes as numbers; strings are refused.
std::vector<int64_t> ClassLabels(NodeContext& c);

// The label of the largest score of each row: i64 [n] from scores [n, labels].
ValueId BestLabel(Builder& b, ValueId scores, const std::vector<int64_t>& labels);

// Scores [n, targets] through the node's post_transform.
ValueId PostTransform(NodeContext& c, ValueId scores);

}  // namespace verge::onnx
