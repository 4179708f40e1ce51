// The graph of a model while it is imported and optimised: typed values, nodes in SSA form and topological order.
//
// A value is a graph input, a constant, or the output of exactly one node. Layout of images is NHWC. Nodes refer to
// values by id; ids stay valid until Compact(). An omitted optional input is kNoValue.
//
// Memory    constants own their bytes through shared immutable buffers, so copying a graph copies no weights.
// Threads   a Graph is a plain value: one writer, or many readers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "ops/op_def.h"

namespace verge::ir {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = 0xffffffffu;

// Immutable bytes of a constant, 64-byte aligned.
class Buffer {
 public:
  // Zero-filled and writable until it is shared.
  static std::shared_ptr<Buffer> Allocate(size_t bytes);
  static std::shared_ptr<Buffer> CopyOf(const void* data, size_t bytes);

  const std::byte* data() const { return data_.get(); }
  std::byte* mutable_data() { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_ = 0;
};

// real = scale * (q - zero_point); empty scales: not quantised; several: one an index of `axis`.
struct Quant {
  std::vector<float> scales;
  std::vector<int32_t> zero_points;
  int axis = 0;
  QuantView view() const { return {scales, zero_points, axis}; }
};

struct Value {
  std::string name;  // unique within the graph; names of inputs and outputs are what users type
  DType dtype = DType::kF32;
  Shape shape = {};
  Quant quant = {};
  std::shared_ptr<const Buffer> constant = nullptr;  // null unless the value is a constant

  TensorType type() const { return {dtype, shape, quant.view()}; }
  bool is_constant() const { return constant != nullptr; }
};

struct Node {
  ops::OpId op = 0;
  std::string name;  // for messages and profiles; unique
  ops::OpAttrs attrs;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<uint32_t> subgraphs = {};  // of control flow: indices into Graph::subgraphs
};

// Memory between runs. `input` is a value that no node makes: at the first run it is `initial` (zeros when kNoValue),
// and later what `output` was at the end of the run before. Both have one type. `output` is no state's input: a shift
// register copies.
struct State {
  ValueId input = kNoValue;
  ValueId output = kNoValue;
  ValueId initial = kNoValue;  // a constant
};

// A size that depends on data: of dimension `dim` of graph output `output`, a run fills the first factor * count
// elements only, `count` being an i64 of one element that the run computes. The rest of the dimension is a margin that
// readers of the output never see.
struct CountedDim {
  uint32_t output = 0;  // index into Graph::outputs
  int dim = 0;
  int64_t factor = 1;
  ValueId count = kNoValue;
};

struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;  // each node after the producers of its inputs
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<State> states;
  std::vector<CountedDim> counted;
  // What control-flow nodes run. A subgraph sees its own values only: what it needs from outside are its inputs. It has
  // no states and no metadata.
  std::vector<Graph> subgraphs;
  // Free text about the model from its file: description, labels, author (key, value).
  std::vector<std::pair<std::string, std::string>> metadata;

  ValueId AddValue(Value value);
  // A constant of the given type with a copy of `data` (dtype and shape decide how many bytes).
  ValueId AddConstant(std::string name, DType dtype, const Shape& shape, const void* data);
  Node& AddNode(ops::OpId op, std::string name, std::vector<ValueId> inputs, std::vector<ValueId> outputs);
  const Value& value(ValueId id) const { return values[id]; }
};

// Builds what a shape rule wants to know of a node's inputs.
std::vector<ops::InferInput> InferInputs(const Graph& graph, const Node& node);

// Runs the shape rule of one node on the types its inputs have now: one type an output. The rule sees the outputs'
// quantisation, which it needs to judge integer arithmetic and leaves as it is.
Result<std::vector<TensorType>> InferNode(const Graph& graph, const Node& node);

// Runs the shape rule of every node in order and sets the types of all node outputs.
// Errors name the node, its op and the offending input.
Status InferTypes(Graph& graph);

// The inputs' and outputs' types of the subgraphs that a node names.
std::vector<ops::SubgraphTypes> SubgraphTypesOf(const Graph& graph, const Node& node);

// Removes values and subgraphs that nothing refers to and renumbers the rest.
void Compact(Graph& graph);

}  // namespace verge::ir
