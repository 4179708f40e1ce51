// Which positions of a graph's tensors stay or go together when channels are removed.
//
// Each position of each dimension of each value has a label. Rules of operators (channel_rules.cc) tie labels of what
// cannot be told apart: position 3 of a sum's last dimension to position 3 of both summands', position 3 of a
// convolution's input to position 3 of its weights' last dimension. Labels tied together are one class: removing it
// takes its positions out of all dimensions at once. A class that holds a locked label stays: what graph inputs and
// outputs have, what is read across (softmax, a sum over channels), what no rule knows.
//
// Threads   one writer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace verge::prune {

using Label = uint32_t;
// The labels of one dimension, in order.
using Axis = std::vector<Label>;

class Labels {
 public:
  // Dimensions of size 1 begin locked.
  explicit Labels(const ir::Graph& graph);

  Axis Of(ir::ValueId value, int dim) const;
  std::vector<Axis> AxesOf(ir::ValueId value) const;
  void Tie(Label a, Label b);
  // Position by position; both have one size.
  void Tie(const Axis& a, const Axis& b);
  // The first reason given for a class is the one that is told.
  void Lock(const Axis& axis, const std::string& reason);
  void LockAll(ir::ValueId value, const std::string& reason);

  Label Root(Label label) const;
  bool IsLocked(Label label) const { return reasons_[lock_[Root(label)]].size() > 0; }
  const std::string& ReasonOf(Label label) const { return reasons_[lock_[Root(label)]]; }
  Label First(ir::ValueId value, int dim) const { return first_[value][static_cast<size_t>(dim)]; }

 private:
  uint32_t ReasonId(const std::string& reason);

  const ir::Graph& graph_;
  std::vector<std::vector<Label>> first_;  // [value][dim]
  mutable std::vector<Label> parent_;
  std::vector<uint32_t> lock_;        // of a root: index into reasons_, 0: free
  std::vector<std::string> reasons_;  // [0] is ""
};

// Runs the rules of all nodes, and locks the graph's inputs, outputs, states and counts.
void TraceGraph(const ir::Graph& graph, Labels& labels);

// How the weights of a node use its channels.
struct WeightRole {
  size_t node = 0;
  ir::ValueId weights = ir::kNoValue;
  int producer_dim = 0;   // one position an output channel
  int consumer_dim = -1;  // one position an input channel; -1: none (depthwise)
  // What is multiplied with the weights, when element i of it meets position i mod size of consumer_dim; else kNoValue.
  ir::ValueId input = ir::kNoValue;
  uint64_t macs = 0;
};
std::vector<WeightRole> FindRoles(const ir::Graph& graph);

// Multiply-accumulates of one run of the whole graph.
uint64_t CountMacs(const ir::Graph& graph);

}  // namespace verge::prune
