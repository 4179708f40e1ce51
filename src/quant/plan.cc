#include "quant/plan.h"

#include <algorithm>
#include <utility>

#include "quant/layer_view.h"

namespace verge::quant {
namespace {

constexpr size_t kNoNode = static_cast<size_t>(-1);

// What is known of a node while the neighbours are looked at.
enum class Choice {
  kNo,
  kYes,
  kOpenBehindInputs,  // of activations that come from graph inputs only
  kOpenBehindFloat,   // a mover with activations of f32 nodes
};

class Planner {
 public:
  Planner(const ir::Graph& graph, const QuantizeOptions& options)
      : graph_(graph), options_(options), plans_(graph.nodes.size()), choices_(graph.nodes.size(), Choice::kNo) {}

  std::vector<NodePlan> Run() {
    for (size_t n = 0; n < plans_.size(); ++n) Ask(n);
    FindNeighbours();
    for (size_t n = 0; n < plans_.size(); ++n) Follow(n);
    for (size_t n = plans_.size(); n-- > 0;) Lead(n);
    for (size_t n = 0; n < plans_.size(); ++n) {
      if (plans_[n].is_static() && choices_[n] != Choice::kYes) Withdraw(plans_[n], "is between f32 nodes");
    }
    if (options_.real_outputs && options_.io == IntegerIo::kNone) MakeOutputsReal();
    return std::move(plans_);
  }

 private:
  // What the node could be by itself.
  void Ask(size_t n) {
    const ir::Node& node = graph_.nodes[n];
    const auto named = options_.precision.find(node.name);
    const bool is_named = named != options_.precision.end();
    const Precision wanted = is_named ? named->second : options_.scheme;
    NodePlan& plan = plans_[n];
    if (wanted == Precision::kF32) {
      plan.reason = is_named ? "was asked to stay f32" : "the scheme is f32";
      return;
    }
    const Rule* rule = wanted == Precision::kDynamic ? nullptr : FindRule(node);
    if (rule == nullptr) return AskDynamic(node, plan);
    plan.precision = wanted;
    const Status status = AcceptsForm(graph_, node, *rule, plan.dtype());
    if (!status.ok()) return Withdraw(plan, std::string(status.message()));
    plan.rule = rule;
    if (is_named || rule->role == Role::kLayer) choices_[n] = Choice::kYes;
  }

  void AskDynamic(const ir::Node& node, NodePlan& plan) {
    const DynamicRule* rule = FindDynamicRule(node);
    if (rule == nullptr) return Withdraw(plan, "has no integer form");
    const Status status = AcceptsDynamic(graph_, node, *rule);
    if (!status.ok()) return Withdraw(plan, std::string(status.message()));
    plan.precision = Precision::kDynamic;
    plan.dynamic = rule;
  }

  void FindNeighbours() {
    producer_.assign(graph_.values.size(), kNoNode);
    readers_.resize(graph_.values.size());
    is_read_outside_.assign(graph_.values.size(), false);
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      for (const ir::ValueId id : graph_.nodes[n].outputs) producer_[id] = n;
      for (const ir::ValueId id : graph_.nodes[n].inputs) {
        if (id != ir::kNoValue) readers_[id].push_back(n);
      }
    }
    for (const ir::ValueId id : graph_.outputs) is_read_outside_[id] = true;
    for (const ir::State& state : graph_.states) is_read_outside_[state.output] = true;
  }

  // What the sources of the activations make of a node that is not decided yet.
  void Follow(size_t n) {
    NodePlan& plan = plans_[n];
    if (!plan.is_static() || choices_[n] == Choice::kYes) return;
    bool from_integer = false, from_float = false;
    const ir::Node& node = graph_.nodes[n];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!IsData(*plan.rule, i) || node.inputs[i] == ir::kNoValue || graph_.value(node.inputs[i]).is_constant())
        continue;
      const size_t source = producer_[node.inputs[i]];
      if (source == kNoNode) continue;
      from_integer = from_integer || choices_[source] == Choice::kYes;
      from_float = from_float || choices_[source] == Choice::kNo || choices_[source] == Choice::kOpenBehindFloat;
    }
    if (from_integer) {
      choices_[n] = Choice::kYes;
    } else if (!from_float) {
      choices_[n] = Choice::kOpenBehindInputs;
    } else if (plan.rule->role == Role::kMover) {
      choices_[n] = Choice::kOpenBehindFloat;
    }
  }

  // What the readers make of a node that is still open.
  void Lead(size_t n) {
    if (choices_[n] != Choice::kOpenBehindInputs && choices_[n] != Choice::kOpenBehindFloat) return;
    const ir::ValueId result = graph_.nodes[n].outputs[0];
    bool is_integer = !readers_[result].empty() || is_read_outside_[result];
    if (is_read_outside_[result] && choices_[n] == Choice::kOpenBehindFloat) is_integer = false;
    for (const size_t reader : readers_[result]) is_integer = is_integer && choices_[reader] == Choice::kYes;
    choices_[n] = is_integer ? Choice::kYes : Choice::kNo;
  }

  // Whether something reads the node's result, and nothing that is integer.
  bool IsReadAsReal(size_t n) const {
    const ir::ValueId result = graph_.nodes[n].outputs[0];
    const bool is_read = is_read_outside_[result] || !readers_[result].empty();
    return is_read && std::ranges::none_of(readers_[result], [&](size_t reader) { return plans_[reader].is_static(); });
  }

  void MakeOutputsReal() {
    for (size_t n = plans_.size(); n-- > 0;) {
      if (!plans_[n].is_static() || !IsReadAsReal(n)) continue;
      const ir::Node& node = graph_.nodes[n];
      if (options_.precision.contains(node.name) && plans_[n].rule->role != Role::kLayer) continue;
      if (LayerView::Of(graph_, node)) {
        plans_[n].has_real_output = plans_[n].dtype() == DType::kI8;
      } else if (plans_[n].rule->role != Role::kLayer) {
        Withdraw(plans_[n], "stands behind the last layers");
      }
    }
  }

  const ir::Graph& graph_;
  const QuantizeOptions& options_;
  std::vector<NodePlan> plans_;
  std::vector<Choice> choices_;
  std::vector<size_t> producer_;              // of each value
  std::vector<std::vector<size_t>> readers_;  // of each value
  std::vector<bool> is_read_outside_;         // of each value: by the caller or a state
};

}  // namespace

void Withdraw(NodePlan& plan, std::string reason) { plan = {.reason = std::move(reason)}; }

Result<std::vector<NodePlan>> MakePlan(const ir::Graph& graph, const QuantizeOptions& options) {
  for (const auto& [name, precision] : options.precision) {
    const bool is_known = std::ranges::any_of(graph.nodes, [&](const ir::Node& node) { return node.name == name; });
    if (is_known) continue;
    return VERGE_ERROR(kInvalidArgument, "a precision is asked for node '" + name +
                                             "', which the graph doesn't have; `verge inspect` lists the names");
  }
  return Planner(graph, options).Run();
}

}  // namespace verge::quant
