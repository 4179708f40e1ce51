#include "quant/report.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quant/dynamic.h"

namespace verge::quant {
namespace {

void AddStaticWeights(const ir::Graph& graph, const ir::Node& node, const NodePlan& plan, const LayerCode& code,
                      LayerReport& report) {
  const std::span<const float> weights = Floats(graph.value(node.inputs[1]));
  report.has_weights = true;
  report.weight_sqnr_db = WeightSqnr(weights, ChannelsOf(graph, node, *plan.rule), code.weights);
  report.weight_bytes_before = weights.size_bytes();
  report.weight_bytes_after = code.limit == kLimit4 ? (weights.size() + 1) / 2 : weights.size();
}

// Several matrices: the worst of them.
void AddDynamicWeights(const ir::Graph& graph, const ir::Node& node, const DynamicRule& rule, LayerReport& report) {
  report.has_weights = true;
  report.weight_sqnr_db = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!IsMatrix(node, rule, i)) continue;
    const ir::Value& value = graph.value(node.inputs[i]);
    const double sqnr = WeightSqnr(Floats(value), {value.shape, rule.weight_axis}, DynamicCode(graph, node, rule, i));
    report.weight_sqnr_db = std::min(report.weight_sqnr_db, sqnr);
    report.weight_bytes_before += Floats(value).size_bytes();
    report.weight_bytes_after += Floats(value).size();
  }
}

void AddRange(const Scales& scales, DType dtype, ir::ValueId id, const Histogram* seen, LayerReport& report) {
  const ops::ScaleZero scale = scales.Of(id, dtype);
  const Range range = ExpressibleRange(scale, dtype);
  report.scale = scale.scale;
  report.zero_point = scale.zero_point;
  report.range_lo = static_cast<float>(range.lo);
  report.range_hi = static_cast<float>(range.hi);
  if (seen == nullptr) return;
  report.seen_lo = seen->lo();
  report.seen_hi = seen->hi();
  // Half a step beyond the last one is rounded to it.
  const double half = static_cast<double>(scale.scale) / 2;
  report.clipped_share = seen->ShareOutside(range.lo - half, range.hi + half);
}

}  // namespace

std::vector<LayerReport> MakeReport(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Scales& scales,
                                    const std::vector<LayerCode>& codes, const std::vector<const Histogram*>& seen,
                                    const std::vector<float>& corrections) {
  std::vector<LayerReport> reports;
  for (size_t n = 0; n < plans.size(); ++n) {
    const ir::Node& node = graph.nodes[n];
    const auto makes_f32 = [&](ir::ValueId id) { return graph.value(id).dtype == DType::kF32; };
    if (std::ranges::none_of(node.outputs, makes_f32)) continue;
    LayerReport& report = reports.emplace_back();
    report.node = node.name;
    report.op = ops::GetOp(node.op).name;
    report.precision = plans[n].precision;
    report.reason = plans[n].reason;
    report.largest_correction = corrections[n];
    if (plans[n].is_static() && !plans[n].has_real_output)
      AddRange(scales, plans[n].dtype(), node.outputs[0], seen[node.outputs[0]], report);
    if (plans[n].is_layer()) AddStaticWeights(graph, node, plans[n], codes[n], report);
    if (plans[n].dynamic != nullptr) AddDynamicWeights(graph, node, *plans[n].dynamic, report);
  }
  return reports;
}

}  // namespace verge::quant
