// A graph in the making whose values exist in several forms: as f32 and as integers of some type and scale. Made from a
// float graph: value ids of that graph stay valid and stand for its f32 forms; nodes are emitted anew, in order, and
// conversions with them when a form is first wanted (quant/rewrite.h).
//
// Threads   one writer
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ops/quant.h"
#include "quant/layers.h"
#include "quant/names.h"

namespace verge::quant {

struct FormType {
  DType dtype = DType::kI8;
  ops::ScaleZero scale;
};

class Forms {
 public:
  explicit Forms(const ir::Graph& from);

  ir::Graph& graph() { return graph_; }

  // The f32 form keeps the value's name; otherwise the first integer form made of it takes the name over.
  void KeepName(ir::ValueId value) { keeps_name_[value] = true; }

  // A new form of a value, made by a node or handed in from outside: there is no f32 form but by dequantize.
  ir::ValueId Make(ir::ValueId value, FormType type);
  // The form when it is there.
  std::optional<ir::ValueId> Find(ir::ValueId value, FormType type) const;
  // The form, converted from what there is.
  Result<ir::ValueId> Integer(ir::ValueId value, FormType type);
  // The same under the value's own name, which was kept for it.
  Result<ir::ValueId> Named(ir::ValueId value, FormType type);
  // Sees to it that the f32 form exists under the value's own id.
  Status Real(ir::ValueId value);

  // Constants. Nodes that share weights of one code share the constant.
  ir::ValueId Weights(ir::ValueId weights, int axis, const WeightCode& code);
  ir::ValueId Bias(const std::string& name, ir::ValueId original, const LayerCode& code);

  // Adds a node whose inputs and integer outputs are ids of graph(), and sets its outputs' types.
  Status Emit(ir::Node node);

  // The graph without what isn't used. Verified: errors are bugs of ours.
  Result<ir::Graph> Finish() &&;

 private:
  struct Form {
    FormType type;
    ir::ValueId id = ir::kNoValue;
  };
  ir::ValueId Add(std::string name, const Shape& shape, FormType type);
  ir::ValueId QuantisedConstant(ir::ValueId value, FormType type);
  // A name for an integer form of a value: its own when that is free to be taken over, or with the type behind it.
  std::string NameFor(ir::ValueId value, DType dtype);

  ir::Graph graph_;
  size_t originals_;
  std::vector<bool> keeps_name_, is_taken_over_;
  std::vector<bool> is_real_;    // the f32 form exists
  std::vector<bool> is_native_;  // and is no dequantized one
  std::vector<std::vector<Form>> forms_;
  std::vector<std::pair<ir::ValueId, ir::ValueId>> weights_;  // the float constant, and the one made of it
  Names value_names_, node_names_;
};

}  // namespace verge::quant
