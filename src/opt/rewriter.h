// One walk over the nodes of a graph, in their order, that writes the list of nodes anew: the frame of most passes.
//
//   Rewriter r(graph);
//   return r.Run([&](ir::Node& node) { ...; return Status::Ok(); });
//
// The visitor sees each node with its inputs as they are after what was rewritten before. It may change the node, write
// others in front of it (Emit), let its readers read another value (Forward), or let the node before it make its result
// (Absorb). What nobody reads any more after that is gone at the end; nodes that were dead before stay.
//
// Cost      linear in the number of nodes, whatever is rewritten.
// Threads   borrows the graph, which nobody else touches until Run is over.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ir/graph.h"
#include "opt/pass.h"

namespace verge::opt {

class Rewriter {
 public:
  explicit Rewriter(ir::Graph& graph);

  // Calls visit(node) -> Status for every node, and puts the graph together again.
  template <typename Visit>
  Result<PassReport> Run(Visit visit) {
    nodes_ = std::move(graph_.nodes);
    Status status = Status::Ok();
    for (ir::Node& node : nodes_) {
      Begin(node);
      if (status.ok()) status = visit(node);
      End(std::move(node));
    }
    Finish();
    if (!status.ok()) return status;
    return std::move(report_);
  }

  const ir::Graph& graph() const { return graph_; }
  const ir::Value& value(ir::ValueId id) const { return graph_.value(id); }

  // What the walk has to say of a value so far ------------------------------------------------------------------
  // The value that is read in place of `id` now; `id` itself when it was not replaced.
  ir::ValueId Resolve(ir::ValueId id) const;
  // Input i of a node; kNoValue when it is omitted.
  ir::ValueId In(const ir::Node& node, size_t i) const;
  // The node that makes a value, already written; null for inputs, constants and states. Valid until the next Emit.
  ir::Node* Maker(ir::ValueId id);
  const ir::Node* Maker(ir::ValueId id) const { return const_cast<Rewriter*>(this)->Maker(id); }
  // The same when it is of that op, else null.
  const ir::Node* Maker(ir::ValueId id, ops::OpId op) const;
  // One node alone reads it, once, and it is no output, state or count of the graph.
  bool IsReadOnce(ir::ValueId id) const;
  bool IsOutput(ir::ValueId id) const { return is_output_[id]; }
  // f32, not quantised.
  bool IsFloat(ir::ValueId id) const { return id != ir::kNoValue && value(id).dtype == DType::kF32; }
  // The numbers of an f32 constant; null for anything else.
  const float* Floats(ir::ValueId id) const;
  // The number of an f32 constant of one element.
  std::optional<float> Scalar(ir::ValueId id) const;

  // What the visitor may do ---------------------------------------------------------------------------------------
  // Says that a place was rewritten.
  void Note(std::string note) { report_.Note(std::move(note)); }
  // A new value, or a new f32 constant; the name is made unique.
  ir::ValueId NewValue(const std::string& name, DType dtype, const Shape& shape, const ir::Quant& quant = {});
  ir::ValueId NewFloats(const std::string& name, const Shape& shape, const std::vector<float>& numbers);
  // The same of any type, with a copy of the bytes that the type and the shape take.
  ir::ValueId NewConstant(const std::string& name, DType dtype, const Shape& shape, const ir::Quant& quant,
                          const void* bytes);
  // The constant under another shape of as many elements; shares its bytes.
  ir::ValueId ReshapedConstant(ir::ValueId id, const Shape& shape);
  std::string NewNodeName(const std::string& wanted);
  // Writes a node in front of the one that is visited.
  void Emit(ir::Node node);
  // The visited node goes, and readers of its only output read `kept`. False, and nothing is changed, when the two
  // differ in type, or both have to stay because the graph's outputs, states or inputs name them.
  bool Forward(const ir::Node& node, ir::ValueId kept);
  // Input i of a node that is written already.
  void SetInput(ir::Node& written, size_t i, ir::ValueId id);
  // The visited node goes, and `maker`, whose only output it alone reads, makes its result.
  void Absorb(const ir::Node& node, ir::Node& maker);
  // True when the op's rule accepts the node and gives the types that its outputs have.
  bool Fits(const ir::Node& node) const;

 private:
  void Begin(ir::Node& node);
  void End(ir::Node node);
  void Finish();
  void Write(ir::Node node);
  void Grow();
  void CollectNames();

  ir::Graph& graph_;
  PassReport report_;
  std::vector<ir::Node> nodes_;  // as they were; those that are written are moved out of
  std::vector<ir::Node> written_;
  std::vector<ir::ValueId> replaced_by_;  // one a value; kNoValue: nothing
  std::vector<size_t> reads_;             // one a value
  std::vector<size_t> maker_;             // one a value: index into written_
  std::vector<bool> is_output_;
  std::vector<bool> was_read_;  // before the walk, or made by it
  std::vector<ir::ValueId> old_inputs_;
  bool is_dropped_ = false;
  bool has_names_ = false;
  std::unordered_set<std::string> value_names_;
  std::unordered_set<std::string> node_names_;
};

// "relu 'r1'"
std::string Label(const ir::Node& node);

// A node with the op's default attributes, for Emit.
ir::Node MakeNode(ops::OpId op, std::string name, std::vector<ir::ValueId> inputs, std::vector<ir::ValueId> outputs);

// `node` as an op with these attributes and inputs; name and outputs stay.
template <typename Attrs>
ir::Node Become(const ir::Node& node, ops::OpId op, const Attrs& attrs, std::vector<ir::ValueId> inputs) {
  ir::Node out = MakeNode(op, node.name, std::move(inputs), node.outputs);
  out.attrs.As<Attrs>() = attrs;
  return out;
}

// A reshape to the shape that the output has.
ir::Node ReshapeNode(const ir::Graph& graph, std::string name, ir::ValueId from, ir::ValueId to);

}  // namespace verge::opt
