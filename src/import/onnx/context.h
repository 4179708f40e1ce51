// What a converter sees of its node: inputs as values of the graph under construction, attributes with their defaults,
// and places for the outputs.
//
// Errors are the builder's: sticky. A converter may go on after one; it must only not index by numbers of a failed
// call.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "import/onnx/builder.h"
#include "import/onnx/model.h"

namespace verge::onnx {

// A value of any ONNX type, resolved to values of the graph.
struct Item {
  Datum::Kind kind = Datum::Kind::kTensor;
  ValueId value = kNoValue;
  std::vector<Item> elements;
  static Item Tensor(ValueId id) { return {Datum::Kind::kTensor, id, {}}; }
  static Item Sequence(std::vector<Item> elements) { return {Datum::Kind::kSequence, kNoValue, std::move(elements)}; }
};

// Names and what they stand for; a subgraph sees those outside.
struct Scope {
  const Scope* parent = nullptr;
  std::map<std::string, Item, std::less<>> items;
  const Item* Find(std::string_view name) const;
};

class NodeContext {
 public:
  NodeContext(Builder& builder, const NodeDef& node_def, int opset_version, Scope& scope, int depth)
      : b(builder), node(node_def), opset(opset_version), scope_(scope), depth_(depth) {}

  Builder& b;
  const NodeDef& node;
  const int opset;

  bool Has(size_t i) const { return i < node.inputs.size() && !node.inputs[i].empty(); }
  size_t input_count() const { return node.inputs.size(); }
  // A tensor input that must be there.
  ValueId In(size_t i);
  const Item& InItem(size_t i);
  bool Wants(size_t i) const { return i < node.outputs.size() && !node.outputs[i].empty(); }
  void Out(size_t i, ValueId id);
  void OutItem(size_t i, Item item);

  const Attribute* Find(std::string_view name) const;
  int64_t Int(std::string_view name, int64_t otherwise) const;
  float Float(std::string_view name, float otherwise) const;
  std::string String(std::string_view name, const char* otherwise) const;
  std::vector<int64_t> Ints(std::string_view name, const std::vector<int64_t>& otherwise = {}) const;
  // An axis within the rank of x, made positive; 0 after an error.
  int Axis(int64_t axis, int rank);
  // Whole numbers that older opsets have as an attribute and newer ones as constant input `i`; empty when absent.
  std::vector<int64_t> IntsFrom(std::string_view attribute, size_t i);
  void Unsupported(const std::string& what) { b.Fail(VERGE_ERROR(kUnsupported, what)); }
  void Invalid(const std::string& what) { b.Fail(VERGE_ERROR(kInvalidArgument, what)); }

  // Builds a subgraph here, its inputs bound to `inputs`; gives its outputs.
  std::vector<Item> RunGraph(const GraphDef& graph, std::vector<Item> inputs);

 private:
  Scope& scope_;
  int depth_;
};

// One row of a family's table.
struct Converter {
  const char* op;
  void (*convert)(NodeContext& c);
  int since;      // the version of its domain that brought the op
  int until = 0;  // the last version that has it; 0: the newest still does
};

// Null when the op is not supported. The domain "" is ONNX's own.
const Converter* FindConverter(std::string_view domain, std::string_view op);

// What to do about an op without a converter; a sentence without its full stop.
std::string AdviceFor(std::string_view domain, std::string_view op);

// Builds the nodes of a graph into `scope`. A node that is refused as unsupported, and whose results have types in the
// file, is noted in the builder and stands for its results, so that later refusals are found too.
void BuildNodes(Builder& b, const GraphDef& graph, int opset, Scope& scope, int depth);

}  // namespace verge::onnx
