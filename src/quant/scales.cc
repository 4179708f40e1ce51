#include "quant/scales.h"

#include <algorithm>

#include "ops/op_ids.h"
#include "ops/pad/pad.h"
#include "quant/weights.h"

namespace verge::quant {
namespace {

size_t Member(ir::ValueId id, DType dtype) { return 2 * size_t{id} + (dtype == DType::kI16 ? 1 : 0); }

void Widen(Range& range, const Range& by) {
  range.lo = std::min(range.lo, by.lo);
  range.hi = std::max(range.hi, by.hi);
}

Range RangeOfConstant(const ir::Value& value) {
  Histogram all;
  all.Add(Floats(value));
  return {all.lo(), all.hi()};
}

bool IsSame(const std::optional<ops::ScaleZero>& a, const std::optional<ops::ScaleZero>& b) {
  if (!a || !b) return !a && !b;
  return a->scale == b->scale && a->zero_point == b->zero_point;
}

// Of each value: whether a static integer node takes or makes it as an activation.
std::vector<bool> FindActivations(const ir::Graph& graph, const std::vector<NodePlan>& plans) {
  std::vector<bool> is_wanted(graph.values.size(), false);
  for (size_t n = 0; n < plans.size(); ++n) {
    if (!plans[n].is_static()) continue;
    const ir::Node& node = graph.nodes[n];
    is_wanted[node.outputs[0]] = true;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (IsData(*plans[n].rule, i) && node.inputs[i] != ir::kNoValue) is_wanted[node.inputs[i]] = true;
    }
  }
  return is_wanted;
}

}  // namespace

std::vector<ir::ValueId> StaticActivations(const ir::Graph& graph, const std::vector<NodePlan>& plans) {
  const std::vector<bool> is_wanted = FindActivations(graph, plans);
  std::vector<ir::ValueId> wanted;
  for (ir::ValueId id = 0; id < is_wanted.size(); ++id) {
    if (is_wanted[id] && !graph.value(id).is_constant()) wanted.push_back(id);
  }
  return wanted;
}

Scales::Scales(const ir::Graph& graph, const std::vector<NodePlan>& plans, const std::vector<Range>& chosen,
               const std::vector<Range>& seen)
    : parent_(2 * graph.values.size()), fixed_(parent_.size()), scales_(parent_.size()) {
  for (size_t i = 0; i < parent_.size(); ++i) parent_[i] = i;
  for (size_t n = 0; n < plans.size(); ++n) {
    if (plans[n].is_static()) Share(graph.nodes[n], plans[n]);
  }
  const std::vector<bool> is_activation = FindActivations(graph, plans);
  std::vector<Range> ranges(parent_.size());
  for (ir::ValueId id = 0; id < graph.values.size(); ++id) {
    const ir::Value& value = graph.value(id);
    if (!is_activation[id]) continue;
    const Range constant = value.is_constant() ? RangeOfConstant(value) : Range();
    Widen(ranges[Root(Member(id, DType::kI8))], value.is_constant() ? constant : chosen[id]);
    Widen(ranges[Root(Member(id, DType::kI16))], value.is_constant() ? constant : seen[id]);
  }
  for (size_t n = 0; n < plans.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    if (!plans[n].is_static() || node.op != ops::ids::kPad) continue;
    const auto fill = static_cast<double>(node.attrs.As<ops::PadAttrs>().value);
    Widen(ranges[Root(Member(node.outputs[0], plans[n].dtype()))], {fill, fill});
  }
  for (size_t i = 0; i < parent_.size(); ++i) {
    scales_[i] = fixed_[i].value_or(AffineOf(ranges[i], i % 2 == 1 ? DType::kI16 : DType::kI8));
  }
}

ops::ScaleZero Scales::Of(ir::ValueId value, DType dtype) const { return scales_[Root(Member(value, dtype))]; }

size_t Scales::Root(size_t member) const {
  while (parent_[member] != member) member = parent_[member];
  return member;
}

void Scales::Join(size_t a, size_t b) {
  a = Root(a);
  b = Root(b);
  if (a == b) return;
  if (!fixed_[a]) fixed_[a] = fixed_[b];
  parent_[b] = a;
}

void Scales::Share(const ir::Node& node, const NodePlan& plan) {
  const DType dtype = plan.dtype();
  const size_t result = Member(node.outputs[0], dtype);
  if (plan.rule->output == OutputScale::kFixed) fixed_[Root(result)] = FixedScaleOf(*plan.rule, dtype);
  if (plan.rule->output != OutputScale::kAsInputs && plan.rule->output != OutputScale::kJoined) return;
  std::vector<size_t> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (IsData(*plan.rule, i) && node.inputs[i] != ir::kNoValue) inputs.push_back(Member(node.inputs[i], dtype));
  }
  const auto& first = fixed_[Root(inputs[0])];
  const bool are_alike = std::ranges::all_of(inputs, [&](size_t i) { return IsSame(fixed_[Root(i)], first); });
  for (const size_t input : inputs) {
    if (are_alike || !fixed_[Root(input)]) Join(input, result);
  }
}

}  // namespace verge::quant
