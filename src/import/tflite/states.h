// The memory of a model between runs: variable tensors of stateful operators, and resource variables, which operators
// read and assign by name. Both become states of the graph; reads and assignments are resolved to values at import.
//
// Threads   one graph, one thread. Borrows the graph and the names of its values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "import/tflite/names.h"
#include "ir/graph.h"

namespace verge::tflite {

class States {
 public:
  States(ir::Graph& graph, Names& names) : graph_(graph), names_(names) {}

  // A new variable whose first value is `value`.constant, or zeros; its name is unique. Returns its number.
  size_t Add(ir::Value value);
  // What the variable holds at this point of the graph.
  ir::ValueId Now(size_t variable) const { return variables_[variable].now; }
  void Set(size_t variable, ir::ValueId value) { variables_[variable].now = value; }

  // Resource variables, by their key in the file. kUnsupported when something has read or assigned it before.
  Status SetInitial(const std::string& key, ir::Value value);
  // The variable's value, of the type that the reader declares. kDataLoss when it holds another type.
  Result<ir::ValueId> Read(const std::string& key, const ir::Value& declared);
  // kDataLoss when the variable holds another type.
  Status Assign(const std::string& key, ir::ValueId value);
  // The values that resource variables have now, without those that nothing has assigned.
  std::map<std::string, ir::ValueId> Assigned() const;

  // Writes Graph::states. A variable that nothing ever assigns becomes a constant.
  void Finish();

 private:
  struct Variable {
    ir::ValueId input = ir::kNoValue;  // its value as the run begins
    ir::ValueId now = ir::kNoValue;
    std::shared_ptr<const ir::Buffer> initial;  // null: zeros; shared like every constant
  };

  ir::ValueId CopyOf(ir::ValueId value);

  ir::Graph& graph_;
  Names& names_;
  std::vector<Variable> variables_;
  std::map<std::string, ir::Value> initials_;
  std::map<std::string, size_t> by_key_;         // variables that were read
  std::map<std::string, ir::ValueId> assigned_;  // and those that were assigned first
};

}  // namespace verge::tflite
