#include "opt/rewriter.h"

#include <algorithm>

#include "ops/op_ids.h"
#include "ops/reshape/reshape.h"
#include "opt/uses.h"

namespace verge::opt {

using ir::kNoValue;
using ir::ValueId;

namespace {

bool IsSameQuant(const QuantView& a, const QuantView& b) {
  return std::ranges::equal(a.scales, b.scales) && std::ranges::equal(a.zero_points, b.zero_points) &&
         (a.scales.size() < 2 || a.axis == b.axis);
}

bool IsSameType(const TensorType& a, const TensorType& b) {
  return a.dtype == b.dtype && a.shape == b.shape && IsSameQuant(a.quant, b.quant);
}

std::string Unique(std::unordered_set<std::string>& names, const std::string& wanted) {
  std::string name = wanted;
  for (size_t n = names.size(); !names.insert(name).second; ++n) name = wanted + "_" + std::to_string(n);
  return name;
}

}  // namespace

Rewriter::Rewriter(ir::Graph& graph) : graph_(graph) {
  Grow();
  const std::vector<ValueUses> uses = FindUses(graph);
  for (size_t id = 0; id < uses.size(); ++id) {
    reads_[id] = uses[id].reads;
    is_output_[id] = uses[id].is_graph_output;
    was_read_[id] = uses[id].reads > 0 || uses[id].is_graph_output;
  }
  written_.reserve(graph.nodes.size());
}

void Rewriter::Grow() {
  const size_t count = graph_.values.size();
  replaced_by_.resize(count, kNoValue);
  reads_.resize(count, 0);
  maker_.resize(count, kNoNode);
  is_output_.resize(count, false);
  was_read_.resize(count, true);
}

ValueId Rewriter::Resolve(ValueId id) const {
  while (id != kNoValue && replaced_by_[id] != kNoValue) id = replaced_by_[id];
  return id;
}

ValueId Rewriter::In(const ir::Node& node, size_t i) const {
  return i < node.inputs.size() ? Resolve(node.inputs[i]) : kNoValue;
}

ir::Node* Rewriter::Maker(ValueId id) {
  id = Resolve(id);
  return id == kNoValue || maker_[id] == kNoNode ? nullptr : &written_[maker_[id]];
}

const ir::Node* Rewriter::Maker(ValueId id, ops::OpId op) const {
  const ir::Node* maker = Maker(id);
  return maker != nullptr && maker->op == op ? maker : nullptr;
}

bool Rewriter::IsReadOnce(ValueId id) const {
  id = Resolve(id);
  return reads_[id] == 1 && !is_output_[id];
}

const float* Rewriter::Floats(ValueId id) const {
  id = Resolve(id);
  if (!IsFloat(id) || !value(id).is_constant()) return nullptr;
  return reinterpret_cast<const float*>(value(id).constant->data());
}

std::optional<float> Rewriter::Scalar(ValueId id) const {
  const float* numbers = Floats(id);
  if (numbers == nullptr || value(Resolve(id)).shape.elems() != 1) return std::nullopt;
  return numbers[0];
}

void Rewriter::CollectNames() {
  if (has_names_) return;
  has_names_ = true;
  for (const ir::Value& v : graph_.values) value_names_.insert(v.name);
  for (const ir::Node& node : nodes_) node_names_.insert(node.name);
  for (const ir::Node& node : written_) node_names_.insert(node.name);
}

ValueId Rewriter::NewValue(const std::string& name, DType dtype, const Shape& shape, const ir::Quant& quant) {
  CollectNames();
  const ValueId id =
      graph_.AddValue({.name = Unique(value_names_, name), .dtype = dtype, .shape = shape, .quant = quant});
  Grow();
  return id;
}

ValueId Rewriter::NewFloats(const std::string& name, const Shape& shape, const std::vector<float>& numbers) {
  const ValueId id = NewValue(name, DType::kF32, shape);
  graph_.values[id].constant = ir::Buffer::CopyOf(numbers.data(), numbers.size() * sizeof(float));
  return id;
}

ValueId Rewriter::NewConstant(const std::string& name, DType dtype, const Shape& shape, const ir::Quant& quant,
                              const void* bytes) {
  const ValueId id = NewValue(name, dtype, shape, quant);
  graph_.values[id].constant = ir::Buffer::CopyOf(bytes, *value(id).type().CheckedBytes());
  return id;
}

ValueId Rewriter::ReshapedConstant(ValueId id, const Shape& shape) {
  const ir::Value old = value(id);
  const ValueId reshaped = NewValue(old.name + ".reshaped", old.dtype, shape);
  graph_.values[reshaped].constant = old.constant;
  return reshaped;
}

std::string Rewriter::NewNodeName(const std::string& wanted) {
  CollectNames();
  return Unique(node_names_, wanted);
}

void Rewriter::Write(ir::Node node) {
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) maker_[id] = written_.size();
  }
  written_.push_back(std::move(node));
}

void Rewriter::Emit(ir::Node node) {
  for (const ValueId id : node.inputs) {
    if (id != kNoValue) ++reads_[Resolve(id)];
  }
  Write(std::move(node));
}

void Rewriter::Begin(ir::Node& node) {
  for (ValueId& id : node.inputs) id = Resolve(id);
  old_inputs_ = node.inputs;
  is_dropped_ = false;
}

void Rewriter::End(ir::Node node) {
  if (!is_dropped_) {
    for (const ValueId id : node.inputs) {
      if (id != kNoValue) ++reads_[Resolve(id)];
    }
    Write(std::move(node));
  }
  for (const ValueId id : old_inputs_) {
    if (id != kNoValue) --reads_[Resolve(id)];
  }
}

bool Rewriter::Forward(const ir::Node& node, ValueId kept) {
  const ValueId gone = node.outputs[0];
  kept = Resolve(kept);
  if (node.outputs.size() != 1 || !IsSameType(value(gone).type(), value(kept).type())) return false;
  if (!is_output_[gone]) {
    replaced_by_[gone] = kept;
    reads_[kept] += reads_[gone];
  } else {
    // The graph's output keeps its name: who made the other value makes it now.
    if (is_output_[kept] || maker_[kept] == kNoNode) return false;
    ir::Node& maker = written_[maker_[kept]];
    std::ranges::replace(maker.outputs, kept, gone);
    maker_[gone] = maker_[kept];
    replaced_by_[kept] = gone;
    reads_[gone] += reads_[kept];
  }
  is_dropped_ = true;
  return true;
}

void Rewriter::SetInput(ir::Node& written, size_t i, ValueId id) {
  if (i >= written.inputs.size()) written.inputs.resize(i + 1, kNoValue);
  if (written.inputs[i] != kNoValue) --reads_[Resolve(written.inputs[i])];
  if (id != kNoValue) ++reads_[Resolve(id)];
  written.inputs[i] = id;
}

void Rewriter::Absorb(const ir::Node& node, ir::Node& maker) {
  maker_[node.outputs[0]] = maker_[maker.outputs[0]];
  maker.outputs[0] = node.outputs[0];
  is_dropped_ = true;
}

bool Rewriter::Fits(const ir::Node& node) const {
  const Result<std::vector<TensorType>> types = ir::InferNode(graph_, node);
  if (!types.ok()) return false;
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const TensorType wanted = value(node.outputs[i]).type();
    if (!((*types)[i].dtype == wanted.dtype) || !((*types)[i].shape == wanted.shape)) return false;
  }
  return true;
}

void Rewriter::Finish() {
  const auto is_read = [&](ValueId id) { return id != kNoValue && (reads_[id] > 0 || is_output_[id]); };
  const auto was_read = [&](ValueId id) { return id != kNoValue && was_read_[id]; };
  std::vector<ir::Node> kept;
  kept.reserve(written_.size());
  for (auto node = written_.rbegin(); node != written_.rend(); ++node) {
    for (ValueId& id : node->inputs) id = Resolve(id);
    if (std::ranges::any_of(node->outputs, is_read) || std::ranges::none_of(node->outputs, was_read)) {
      kept.push_back(std::move(*node));
      continue;
    }
    for (const ValueId id : node->inputs) {
      if (id != kNoValue) --reads_[id];
    }
  }
  std::ranges::reverse(kept);
  graph_.nodes = std::move(kept);
}

std::string Label(const ir::Node& node) { return std::string(ops::GetOp(node.op).name) + " '" + node.name + "'"; }

ir::Node MakeNode(ops::OpId op, std::string name, std::vector<ValueId> inputs, std::vector<ValueId> outputs) {
  ir::Node node;
  node.op = op;
  node.name = std::move(name);
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  ops::GetOp(op).init_attrs(node.attrs);
  return node;
}

ir::Node ReshapeNode(const ir::Graph& graph, std::string name, ValueId from, ValueId to) {
  ir::Node node = MakeNode(ops::ids::kReshape, std::move(name), {from}, {to});
  const Shape& shape = graph.value(to).shape;
  auto& attrs = node.attrs.As<ops::ReshapeAttrs>();
  attrs.shape.size = shape.rank();
  std::ranges::copy(shape.dims(), attrs.shape.values.begin());
  return node;
}

}  // namespace verge::opt
