// Turns values of the graph into tensors of the file: in which order of dimensions, stored or real.
//
// Layout    a value may be held by several tensors, in different orders of its dimensions. Get makes the order that is
//           asked for, with one Transpose at most, and remembers it; so neighbours that agree exchange tensors as they
//           are, and transposes are left only where an image enters or leaves. Constants are reordered here, without a
//           node. A transpose of the graph costs nothing: it renames the orders in which its input is held.
// Quant     GetReal and PutReal go through DequantizeLinear and QuantizeLinear when the value is quantised, else they
//           are Get and Put.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "export/onnx/layout.h"
#include "export/onnx/model.h"

namespace verge::to_onnx {

using ir::ValueId;

class Builder;
// Adds one node of the builder's graph to the model.
using NodeExporter = std::function<void(const ir::Node& node, Builder& builder)>;

class Builder {
 public:
  // Borrows graph and model. The inputs of the graph are tensors of the model afterwards.
  Builder(const ir::Graph& graph, ModelDef& model, NodeExporter export_node);

  const ir::Graph& graph() const { return graph_; }
  const TensorDef& tensor(TensorId id) const { return model_.tensors[static_cast<size_t>(id)]; }
  // Nodes made from now on are named after this.
  void SetScope(const std::string& name) { scope_ = name; }

  TensorId Get(ValueId id, const Perm& perm);
  TensorId GetReal(ValueId id, const Perm& perm);
  void Put(ValueId id, const Perm& perm, TensorId tensor);
  void PutReal(ValueId id, const Perm& perm, TensorId tensor);
  // The order in which the value came into being; identity for constants.
  Perm Native(ValueId id) const;
  bool Holds(ValueId id, const Perm& perm) const;
  // Makes `to` held by the tensors that hold `from`, whose dimension d is `to`'s dimension map[d].
  void Rename(ValueId from, ValueId to, const Perm& map);
  // All nodes of the graph.
  void ExportNodes();
  // Ends the model: the outputs of the graph under their names.
  void PutOutputs();

  // The nodes of a subgraph on these tensors, here; gives its outputs.
  std::vector<TensorId> Run(const ir::Graph& subgraph, const std::vector<TensorId>& inputs);
  // What `make` emits, as a body of its own with the outputs that it gives.
  std::shared_ptr<BodyDef> Body(std::vector<TensorId> inputs, const std::function<std::vector<TensorId>()>& make);
  // A tensor that a body takes.
  TensorId BodyInput(DType dtype, const Shape& shape);

  // Nodes and tensors.
  TensorId Emit(const char* op, std::vector<TensorId> inputs, std::vector<Attr> attrs = {});
  std::vector<TensorId> EmitMany(const char* op, std::vector<TensorId> inputs, size_t outputs,
                                 std::vector<Attr> attrs = {});
  TensorId Constant(DType dtype, const Shape& shape, std::shared_ptr<const ir::Buffer> data,
                    const std::string& name = "");
  TensorId Ints(const std::vector<int64_t>& values);
  TensorId Floats(const std::vector<float>& values);
  TensorId Scalar(DType dtype, double value);
  // Of constants without a node.
  TensorId Transpose(TensorId x, const Perm& perm);
  TensorId Reshape(TensorId x, const std::vector<int64_t>& dims);

 private:
  struct Form {
    Perm perm;
    TensorId tensor = kNoTensor;
  };
  using Forms = std::vector<std::vector<Form>>;  // by value; the first is the native one

  Builder(const ir::Graph& subgraph, const Builder& around, const std::vector<TensorId>& inputs);
  TensorId NewTensor(const std::string& name);
  // Without the margin that a counted dimension has.
  TensorId Cut(TensorId x, const ir::CountedDim& dim);
  TensorId Lookup(const Forms& forms, ValueId id, const Perm& perm) const;
  // The stored constant of a value that has none yet.
  void EnsureConstant(ValueId id);
  TensorId Dequantise(ValueId id, const Perm& perm, TensorId x);
  TensorId Quantise(ValueId id, const Perm& perm, TensorId x);
  // Scales or zero points shaped to broadcast along the quantised axis.
  TensorId Spread(TensorId numbers, const ir::Value& value, const Perm& perm);
  TensorId Zeros(const ir::Value& value, DType dtype);

  const ir::Graph& graph_;
  ModelDef& model_;
  NodeExporter export_node_;
  std::string scope_;
  bool is_inner_ = false;  // of a subgraph: its names are not promised to anybody
  Forms stored_;
  Forms real_;
  std::map<std::string, TensorId> small_constants_;  // by type, shape and bytes
};

// Stores numbers as the given type.
std::shared_ptr<const ir::Buffer> Numbers(DType dtype, const std::vector<double>& values);

}  // namespace verge::to_onnx
