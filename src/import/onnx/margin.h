// Sizes that depend on data, in a graph whose shapes are fixed: a value has room for the most elements there can be
// along one dimension, its margin, of which a run fills the first factor * count. Ops that treat those elements one by
// one pass the margin on; an op that would mix them with what lies behind must be refused.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace verge::onnx {

struct Margin {
  int dim = 0;
  int64_t factor = 1;
  ir::ValueId count = ir::kNoValue;  // i64 of one element
  bool operator==(const Margin&) const = default;
};
using Margins = std::map<ir::ValueId, Margin>;

// The margin of the results of a node; empty when no input has one. kUnsupported when the node looks at elements of a
// margin, or at their number: `blamed` is the input.
Result<std::optional<Margin>> MarginOfResults(const ir::Graph& graph, const Margins& margins, const ir::Node& node,
                                              const std::vector<TensorType>& results, ir::ValueId& blamed);

}  // namespace verge::onnx
