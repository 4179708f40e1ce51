// Turns one subgraph of a file into nodes of a graph. Subgraphs that it calls are read by further importers: into the
// same graph where a call can be replaced by its operators, into a graph of their own for branches and loops.
//
// Errors    as import.h; they name the operator.
// Threads   one thread. Borrows everything it is given.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "import/tflite/import.h"
#include "import/tflite/mapping.h"
#include "import/tflite/names.h"
#include "import/tflite/operator_table.h"
#include "import/tflite/reader.h"
#include "import/tflite/states.h"

namespace verge::tflite {

// Operators that the importer itself resolves: variables and calls of subgraphs.
bool IsControl(schema::BuiltinOperator code);

// "CONV_2D", "CUSTOM TFLite_Detection_PostProcess" or "builtin operator 312".
std::string OperatorName(const schema::OperatorCode& code);
// The name of a CUSTOM operator, else nothing.
std::string CustomName(const schema::OperatorCode& code);
// "operator 12 (CONV_2D 'features/conv')": the name is that of the first output.
std::string FirstOutput(const Reader& reader, const schema::Operator& op);

// A graph under construction, with what all that add to it share.
struct Target {
  Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  ir::Graph graph;
  Names names;
  onnx::Builder builder;
};

// What all importers of one file share.
struct Session {
  const ImportLimits& limits;
  size_t subgraphs_left;                       // that may still be read
  size_t operators_left;                       // that may still be mapped
  std::vector<int64_t> active;                 // the subgraphs being read, the outermost first
  const std::map<std::string, Shape>& shapes;  // of inputs, instead of the file's
};

class GraphImporter {
 public:
  // `states` null: memory is not allowed here. Nodes are named after `prefix`.
  GraphImporter(Reader reader, Session& session, Target& target, States* states, std::string prefix = "")
      : reader_(std::move(reader)),
        session_(session),
        target_(target),
        graph_(target.graph),
        names_(target.names),
        states_(states),
        prefix_(std::move(prefix)) {}

  // The inputs become inputs of the graph.
  Status ReadInputs();
  Status ReadOperators();
  // The outputs; each is a value that something defines.
  Result<std::vector<ir::ValueId>> Outputs();

 private:
  std::string Label(size_t index) const;
  const schema::Operator& OperatorAt(size_t index) const {
    return *reader_.graph().operators()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }
  int32_t InputTensor(size_t i) const { return reader_.graph().inputs()->Get(static_cast<flatbuffers::uoffset_t>(i)); }

  // What the file says of a tensor, under a name that is unique in the graph.
  Result<ir::Value> Declared(int32_t tensor);
  // The value of a tensor, made when it is first mentioned.
  Result<ir::ValueId> ValueOf(int32_t tensor);
  Result<ir::ValueId> AddVariable(int32_t tensor);
  // The same of a tensor that is read, and must be there.
  Result<ir::ValueId> Defined(int32_t tensor);
  Result<std::vector<ir::ValueId>> InputsOf(const schema::Operator& op);
  Result<std::vector<ir::ValueId>> DefineOutputs(const schema::Operator& op);
  Status ReadInput(size_t i);
  Status MapOperator(size_t index);
  bool HasComplex(const schema::Operator& op) const;
  // The outputs of an operator that nothing defines yet, as the file describes them.
  Result<std::vector<ir::Value>> DeclareOutputs(const schema::Operator& op);
  // Makes the quantised inputs real, for converters that compute with real numbers; whether there were any.
  bool MakeReal(OperatorContext& context);
  // A real result in the quantisation that the file states for it.
  ir::ValueId MakeQuantised(ir::ValueId id, const ir::Value& declared);
  Status Convert(const Converter& converter, OperatorContext& context);
  Status MapOne(size_t index, const Entry& entry, OperatorContext& context, std::vector<ir::ValueId> inputs);
  // Joins a result to the tensor of the file: checks what the file says of it and gives it the name.
  Status Finish(const schema::Operator& op, size_t i, ir::ValueId id, const ir::Value& declared);
  // Computes the last node if it gives whole numbers that follow from constants.
  Status FoldLast();
  Status TieStates(const schema::Operator& op, const Mapping& mapping, ir::Node& node);
  // Input `input` of an operator is memory; if it is a variable, `next` is what it holds from here on.
  void Remember(const schema::Operator& op, size_t input, ir::ValueId next);
  std::string NodeName(ops::OpId op, size_t index) const;

  // control.cc
  Status MapControl(size_t index, schema::BuiltinOperator code);
  Status MapVarHandle(const schema::Operator& op);
  Result<std::string> KeyOf(const schema::Operator& op) const;
  Status MapReadVariable(const schema::Operator& op);
  Status MapAssignVariable(const schema::Operator& op);
  Status MapCallOnce(const schema::Operator& op);
  Status MapIf(size_t index);
  Status MapWhile(size_t index);
  // The operators of subgraph `subgraph` in place of the call; its inputs are those of `op` from `first` on.
  Status Inline(const schema::Operator& op, size_t first, int64_t subgraph);
  // Subgraph `subgraph` as a graph. Input i is the constant arguments[i] when `is_fixed`[i], and then neither an input
  // nor, in `drops_fixed_outputs`, an output of the graph.
  Result<ir::Graph> Nested(int64_t subgraph, const std::vector<ir::ValueId>& arguments,
                           const std::vector<bool>& is_fixed, bool drops_fixed_outputs);
  // Begins reading a subgraph; refuses recursion and what is over the limits. The caller ends it by Leave.
  Result<Reader> Enter(int64_t subgraph);
  void Leave() { session_.active.pop_back(); }
  Status AddControlNode(size_t index, ops::OpId op, const std::vector<ir::ValueId>& inputs,
                        const std::vector<ir::ValueId>& outputs, std::vector<ir::Graph> subgraphs);

  Reader reader_;
  Session& session_;
  Target& target_;
  ir::Graph& graph_;
  Names& names_;
  States* states_;
  std::string prefix_;
  std::map<int32_t, ir::ValueId> values_;     // by tensor
  std::map<int32_t, size_t> variables_;       // by tensor: its number in states_
  std::map<int32_t, std::string> resources_;  // by tensor: the key of the variable that it is a handle of
  std::unordered_set<ir::ValueId> defined_;
  std::unordered_set<ir::ValueId> is_joined_;  // results of operators
  std::map<int32_t, std::string> aliases_;     // names of tensors whose value has the name of another
};

}  // namespace verge::tflite
