#include "quant/quantize.h"

#include <algorithm>
#include <array>
#include <utility>

#include "quant/correct_bias.h"
#include "quant/equalise.h"
#include "quant/equalise_inputs.h"
#include "quant/layers.h"
#include "quant/observe.h"
#include "quant/plan.h"
#include "quant/report.h"
#include "quant/rewrite.h"
#include "quant/round.h"
#include "quant/scales.h"

namespace verge::quant {
namespace {

constexpr std::array<const char*, 5> kPrecisionNames = {"f32", "int8", "int16x8", "w4a8", "dynamic"};
constexpr std::array<const char*, 4> kCalibratorNames = {"min_max", "percentile", "mse", "entropy"};

template <typename Enum, size_t kCount>
Result<Enum> Parse(std::string_view name, const std::array<const char*, kCount>& names, const char* what) {
  std::string known;
  for (size_t i = 0; i < kCount; ++i) {
    if (name == names[i]) return static_cast<Enum>(i);
    known += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  return VERGE_ERROR(kInvalidArgument,
                     "knows no " + std::string(what) + " '" + std::string(name) + "'; there are " + known);
}

Status CheckOptions(const QuantizeOptions& options) {
  if (options.percentile > 0 && options.percentile <= 100) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument,
                     "the percentile is " + std::to_string(options.percentile) + ", wants more than 0 and at most 100");
}

bool HasStatic(const std::vector<NodePlan>& plans) { return std::ranges::any_of(plans, &NodePlan::is_static); }

bool IsAnyInteger(const std::vector<NodePlan>& plans) {
  return std::ranges::any_of(plans, [](const NodePlan& plan) { return plan.precision != Precision::kF32; });
}

Status CheckSamples(const std::vector<NodePlan>& plans, const Activations* activations) {
  if (!HasStatic(plans) || (activations != nullptr && activations->samples() > 0)) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument,
                     "the precisions asked for fix the range of every activation, which takes samples of what the "
                     "model will see: give calibration data (100 typical inputs are a good start), or ask for "
                     "precision dynamic, which needs none");
}

// What was observed of each value of a graph.
struct Observed {
  std::vector<Histogram> histograms;
  std::vector<const Histogram*> of_value;  // null: not watched
};

Result<Observed> ObserveStatic(const ir::Graph& graph, const std::vector<NodePlan>& plans, Activations* activations,
                               const ProgressSeen& progress) {
  Observed observed;
  observed.of_value.assign(graph.values.size(), nullptr);
  const std::vector<ir::ValueId> watched = StaticActivations(graph, plans);
  if (watched.empty()) return observed;
  VERGE_TRY_ASSIGN(observed.histograms, Observe(graph, *activations, watched, progress));
  for (size_t i = 0; i < watched.size(); ++i) observed.of_value[watched[i]] = &observed.histograms[i];
  return observed;
}

// Nodes whose activations were never finite have no range.
void WithdrawUnseen(const ir::Graph& graph, const Observed& observed, std::vector<NodePlan>& plans) {
  const auto is_unseen = [&](ir::ValueId id) {
    return id != ir::kNoValue && observed.of_value[id] != nullptr && observed.of_value[id]->count() == 0;
  };
  for (size_t n = 0; n < plans.size(); ++n) {
    if (!plans[n].is_static()) continue;
    const ir::Node& node = graph.nodes[n];
    bool unseen = is_unseen(node.outputs[0]);
    for (const ir::ValueId id : node.inputs) unseen = unseen || is_unseen(id);
    if (unseen) Withdraw(plans[n], "has activations that were never finite numbers in the samples");
  }
}

Scales MakeScales(const ir::Graph& graph, const std::vector<NodePlan>& plans, const Observed& observed,
                  const QuantizeOptions& options) {
  std::vector<Range> chosen(graph.values.size()), seen(graph.values.size());
  for (size_t id = 0; id < graph.values.size(); ++id) {
    const Histogram* h = observed.of_value[id];
    if (h == nullptr) continue;
    chosen[id] = ChooseRange(*h, options.calibrator, options.percentile);
    seen[id] = {h->lo(), h->hi()};
  }
  return {graph, plans, chosen, seen};
}

EqualiseOptions EqualiseFor(const QuantizeOptions& options) {
  constexpr double kSteps16 = 65535, kLargest4 = 7;
  EqualiseOptions out;
  if (options.scheme == Precision::kInt16x8) out.activation_steps = kSteps16;
  if (options.scheme == Precision::kW4A8) out.weight_limit = kLargest4;
  out.progress = options.progress;
  return out;
}

std::vector<std::string> MakeNotes(const ir::Graph& graph, const std::vector<NodePlan>& plans) {
  std::vector<std::string> notes;
  if (!graph.states.empty()) notes.push_back("what the model keeps between runs stays f32");
  if (!graph.subgraphs.empty()) notes.push_back("the bodies of conditions and loops stay f32");
  if (!IsAnyInteger(plans)) notes.push_back("nothing was quantised; the layers say why");
  return notes;
}

}  // namespace

const char* PrecisionName(Precision precision) { return kPrecisionNames[static_cast<size_t>(precision)]; }
const char* CalibratorName(Calibrator calibrator) { return kCalibratorNames[static_cast<size_t>(calibrator)]; }
Result<Precision> ParsePrecision(std::string_view name) { return Parse<Precision>(name, kPrecisionNames, "precision"); }
Result<Calibrator> ParseCalibrator(std::string_view name) {
  return Parse<Calibrator>(name, kCalibratorNames, "calibrator");
}

Result<Quantized> Quantize(ir::Graph graph, Activations* activations, const QuantizeOptions& options) {
  VERGE_TRY(CheckOptions(options));
  VERGE_TRY_ASSIGN(std::vector<NodePlan> plans, MakePlan(graph, options));
  VERGE_TRY(CheckSamples(plans, activations));
  Quantized result;
  if (options.equalise && HasStatic(plans)) {
    VERGE_TRY_ASSIGN(result.equalised_pairs, Equalise(graph, *activations, EqualiseFor(options)));
    VERGE_TRY_ASSIGN(const size_t inputs, EqualiseInputs(graph, plans, *activations, EqualiseFor(options)));
    if (inputs > 0) {
      VERGE_TRY_ASSIGN(plans, MakePlan(graph, options));
    }
    result.equalised_pairs += inputs;
  }
  VERGE_TRY_ASSIGN(const Observed observed, ObserveStatic(graph, plans, activations, options.progress));
  WithdrawUnseen(graph, observed, plans);
  const Scales scales = MakeScales(graph, plans, observed, options);
  std::vector<LayerCode> codes = MakeLayerCodes(graph, plans, scales, options.correct_bias);
  if ((options.round_adaptively || options.round_depthwise) && HasStatic(plans)) {
    const RoundOptions round = {!options.round_adaptively, options.round_layers, options.progress};
    VERGE_TRY(RoundAdaptively(graph, plans, *activations, round, codes));
  }
  std::vector<float> corrections(plans.size(), 0);
  if (options.correct_bias && HasStatic(plans)) {
    VERGE_TRY_ASSIGN(corrections, CorrectBiases(graph, plans, scales, *activations, options.progress, codes));
  }
  VERGE_TRY_ASSIGN(result.graph, Rewrite(graph, plans, scales, codes, options.io));
  result.layers = MakeReport(graph, plans, scales, codes, observed.of_value, corrections);
  result.notes = MakeNotes(graph, plans);
  return result;
}

}  // namespace verge::quant
