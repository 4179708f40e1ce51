// Which precision each node gets.
//
// A node named in the options gets what was asked, and a layer what the scheme says, where its shape rule takes it. The
// rest follows its neighbours, so that no value becomes integer only to be moved or added once and turned back:
//
//   follower   integer when an activation comes from an integer node. When all of them come from graph inputs, integer
//              if everything that reads the result is (arithmetic on inputs before the first layer); a graph output
//              counts as integer there. Otherwise f32: behind an f32 node eight bits may be far too few.
//   mover      integer when an activation comes from an integer node, or when all that read the result are.
//
// With QuantizeOptions::real_outputs, followers and movers behind the last layers stay f32, and 8-bit layers that only
// f32 nodes or the caller read make f32.
//
// Threads   pure functions
#pragma once

#include <string>
#include <vector>

#include "quant/quantize.h"
#include "quant/rules.h"

namespace verge::quant {

struct NodePlan {
  Precision precision = Precision::kF32;
  const Rule* rule = nullptr;            // of static integer precisions
  const DynamicRule* dynamic = nullptr;  // of kDynamic
  std::string reason = {};               // of kF32
  bool has_real_output = false;          // of 8-bit layers whose output only f32 nodes and the caller read: it is f32
  bool is_static() const { return rule != nullptr; }
  bool is_layer() const { return rule != nullptr && rule->role == Role::kLayer; }
  DType dtype() const { return precision == Precision::kInt16x8 ? DType::kI16 : DType::kI8; }
};

// One a node of the graph. Errors: a name in options.precision that no node has.
Result<std::vector<NodePlan>> MakePlan(const ir::Graph& graph, const QuantizeOptions& options);

// Takes a node back to f32.
void Withdraw(NodePlan& plan, std::string reason);

}  // namespace verge::quant
