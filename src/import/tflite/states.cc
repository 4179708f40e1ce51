#include "import/tflite/states.h"

#include <algorithm>
#include <utility>

#include "ops/op_ids.h"
#include "ops/reshape/reshape.h"

namespace verge::tflite {
namespace {

std::string TypeText(const ir::Value& value) { return DTypeName(value.dtype) + ToString(value.shape); }

Status WrongType(const std::string& key, const ir::Value& got, const ir::Value& want) {
  return VERGE_ERROR(kDataLoss,
                     "takes variable '" + key + "' for " + TypeText(want) + ", but it holds " + TypeText(got));
}

bool SameType(const ir::Value& a, const ir::Value& b) { return a.dtype == b.dtype && a.shape == b.shape; }

}  // namespace

size_t States::Add(ir::Value value) {
  Variable variable;
  variable.initial = std::exchange(value.constant, nullptr);
  variable.input = graph_.AddValue(std::move(value));
  variable.now = variable.input;
  variables_.push_back(std::move(variable));
  return variables_.size() - 1;
}

Status States::SetInitial(const std::string& key, ir::Value value) {
  if (by_key_.contains(key) || assigned_.contains(key)) {
    return VERGE_ERROR(kUnsupported, "gives variable '" + key + "' its first value after it was used");
  }
  initials_[key] = std::move(value);
  return Status::Ok();
}

Result<ir::ValueId> States::Read(const std::string& key, const ir::Value& declared) {
  const auto assigned = assigned_.find(key);
  const auto known = by_key_.find(key);
  if (assigned != assigned_.end() || known != by_key_.end()) {
    const ir::ValueId now = known != by_key_.end() ? Now(known->second) : assigned->second;
    if (!SameType(graph_.value(now), declared)) return WrongType(key, graph_.value(now), declared);
    return now;
  }
  ir::Value value = declared;
  value.constant = nullptr;
  const auto initial = initials_.find(key);
  if (initial != initials_.end()) {
    if (!SameType(initial->second, declared)) return WrongType(key, initial->second, declared);
    value.constant = initial->second.constant;
  }
  const size_t variable = Add(std::move(value));
  by_key_.emplace(key, variable);
  return Now(variable);
}

Status States::Assign(const std::string& key, ir::ValueId value) {
  const auto known = by_key_.find(key);
  if (known == by_key_.end()) {
    assigned_[key] = value;
    return Status::Ok();
  }
  const ir::Value& held = graph_.value(variables_[known->second].input);
  if (!SameType(held, graph_.value(value))) return WrongType(key, held, graph_.value(value));
  Set(known->second, value);
  return Status::Ok();
}

std::map<std::string, ir::ValueId> States::Assigned() const {
  std::map<std::string, ir::ValueId> now = assigned_;
  for (const auto& [key, variable] : by_key_) now[key] = Now(variable);
  return now;
}

ir::ValueId States::CopyOf(ir::ValueId value) {
  ir::Value copy = graph_.value(value);
  copy.constant = nullptr;
  copy.name = names_.Unique(copy.name + "/next");
  const std::string name = copy.name;
  const ir::ValueId id = graph_.AddValue(std::move(copy));
  ir::Node& node = graph_.AddNode(ops::ids::kReshape, name, {value}, {id});
  auto& shape = node.attrs.As<ops::ReshapeAttrs>().shape;
  for (const int64_t d : graph_.value(id).shape.dims()) shape.values[static_cast<size_t>(shape.size++)] = d;
  return id;
}

void States::Finish() {
  const auto is_state = [&](ir::ValueId id) {
    return std::any_of(variables_.begin(), variables_.end(), [&](const Variable& v) { return v.input == id; });
  };
  for (Variable& variable : variables_) {
    const ir::Value input = graph_.value(variable.input);
    const size_t bytes = input.type().CheckedBytes().value_or(0);  // bounded by the importer's limits
    if (variable.now == variable.input) {
      graph_.values[variable.input].constant =
          variable.initial != nullptr ? variable.initial : ir::Buffer::Allocate(bytes);
      continue;
    }
    ir::State state{variable.input, variable.now, ir::kNoValue};
    if (variable.initial != nullptr) {
      ir::Value initial = input;
      initial.name = names_.Unique(initial.name + "/initial");
      initial.constant = variable.initial;
      state.initial = graph_.AddValue(std::move(initial));
    }
    if (is_state(variable.now)) state.output = CopyOf(variable.now);
    graph_.states.push_back(state);
  }
}

}  // namespace verge::tflite
