// Scales and zero points of activations, shared where operators want one for several values.
//
// A value may be wanted as i8 and as i16; each is a member of its own. Members that must share are joined into groups,
// and a group expresses the union of what its members need. A group that holds the output of a function of fixed range
// has that function's scale; such groups are joined to others only by operators with one activation. An operator that
// finds inputs of another scale than its output's converts them (quant/rewrite.h).
//
// Threads   a plain value: one writer, or many readers.
#pragma once

#include <optional>
#include <vector>

#include "quant/calibrate.h"
#include "quant/plan.h"

namespace verge::quant {

// The activations of static integer nodes, in the order of their ids: what has to be observed. Not constants.
std::vector<ir::ValueId> StaticActivations(const ir::Graph& graph, const std::vector<NodePlan>& plans);

class Scales {
 public:
  // `seen`: one range a value of the graph, as chosen for i8 and as seen in all; of constants they are not read.
  Scales(const ir::Graph& graph, const std::vector<NodePlan>& plans, const std::vector<Range>& chosen,
         const std::vector<Range>& seen);

  ops::ScaleZero Of(ir::ValueId value, DType dtype) const;

 private:
  size_t Root(size_t member) const;
  void Join(size_t a, size_t b);
  void Share(const ir::Node& node, const NodePlan& plan);

  std::vector<size_t> parent_;                        // of member 2 id + is_16
  std::vector<std::optional<ops::ScaleZero>> fixed_;  // of roots
  std::vector<ops::ScaleZero> scales_;                // of roots
};

}  // namespace verge::quant
