// The report for programs.
#include <cmath>
#include <nlohmann/json.hpp>

#include "optimizer/optimize.h"
#include "optimizer/report_words.h"
#include "sys/crypto/hash.h"

namespace verge::optimizer {
namespace {

using Json = nlohmann::json;

constexpr const char* kCardSchema = "dev.verge.model-card.v1";

// JSON has no infinity.
Json Finite(double number) { return std::isfinite(number) ? Json(number) : Json(); }

Json FiguresOf(const std::vector<eval::Figure>& figures) {
  Json json = Json::object();
  for (const eval::Figure& figure : figures) {
    json[figure.name] = {{"value", Finite(figure.value)}};
    if (figure.interval) {
      json[figure.name]["lo"] = figure.interval->lo;
      json[figure.name]["hi"] = figure.interval->hi;
    }
  }
  return json;
}

Json Of(const Measured& m) {
  Json json = {{"file_bytes", m.file_bytes}, {"weight_bytes", m.weight_bytes}, {"macs", m.macs}, {"nodes", m.nodes}};
  json["latency_ms"] = m.latency_ms ? Json(*m.latency_ms) : Json();
  if (m.closeness) {
    json["sqnr_db"] = Finite(m.closeness->sqnr_db);
    json["is_equal"] = std::isinf(m.closeness->sqnr_db);
    json["cosine"] = Finite(m.closeness->cosine);
    json["same_top1"] = m.closeness->same_top1;
  }
  if (!m.evaluation.figures.empty()) {
    json["figures"] = FiguresOf(m.evaluation.figures);
    json["items"] = m.evaluation.items;
  }
  return json;
}

Json Of(const quant::LayerReport& layer) {
  Json json = {{"node", layer.node}, {"op", layer.op}, {"precision", quant::PrecisionName(layer.precision)}};
  if (!layer.reason.empty()) json["reason"] = layer.reason;
  if (layer.scale > 0) {
    json["scale"] = layer.scale;
    json["zero_point"] = layer.zero_point;
    json["range"] = {layer.range_lo, layer.range_hi};
    json["seen"] = {layer.seen_lo, layer.seen_hi};
    json["clipped_share"] = layer.clipped_share;
  }
  if (layer.has_weights) {
    json["weight_sqnr_db"] = Finite(layer.weight_sqnr_db);
    json["weight_bytes"] = {layer.weight_bytes_before, layer.weight_bytes_after};
  }
  return json;
}

Json Of(const Trial& trial) {
  Json json = {{"name", trial.name},
               {"target", TargetName(trial.recipe.target)},
               {"measured", Of(trial.measured)},
               {"fits", trial.fits()},
               {"misses", trial.misses},
               {"notes", trial.notes}};
  json["drop"] = trial.drop ? Finite(*trial.drop) : Json();
  if (trial.paired) {
    json["paired"] = {{"difference", trial.paired->difference}, {"same_answer", trial.paired->same_answer}};
    if (trial.paired->interval) json["paired"]["interval"] = {trial.paired->interval->lo, trial.paired->interval->hi};
  }
  json["layers"] = Json::array();
  for (const quant::LayerReport& layer : trial.layers) json["layers"].push_back(Of(layer));
  return json;
}

Json Of(const Budget& budget) {
  Json json = Json::object();
  if (budget.max_drop) json["max_drop"] = *budget.max_drop;
  if (budget.min_sqnr_db) json["min_sqnr_db"] = *budget.min_sqnr_db;
  if (budget.max_bytes) json["max_bytes"] = *budget.max_bytes;
  if (budget.max_latency_ms) json["max_latency_ms"] = *budget.max_latency_ms;
  return json;
}

Json Of(const prune::PruneReport& report) {
  Json layers = Json::array();
  for (const prune::PrunedLayer& layer : report.layers) {
    Json one = {{"node", layer.name}, {"op", layer.op}, {"weights", layer.weights}, {"zeros", layer.zeros}};
    one["output_sqnr_db"] = Finite(layer.sqnr_db);
    if (!layer.reason.empty()) one["reason"] = layer.reason;
    layers.push_back(std::move(one));
  }
  return {{"weights", report.weights}, {"zeros", report.zeros}, {"layers", layers}};
}

Json Of(const prune::ChannelReport& report) {
  Json groups = Json::array();
  for (const prune::ChannelGroupReport& group : report.groups) {
    Json one = {{"layers", group.layers}, {"channels", group.channels}, {"kept", group.kept}};
    if (!group.reason.empty()) one["reason"] = group.reason;
    groups.push_back(std::move(one));
  }
  return {{"macs", {report.macs_before, report.macs}},
          {"parameters", {report.parameters_before, report.parameters}},
          {"groups", groups}};
}

Json Of(const prune::ReconstructReport& report) {
  Json layers = Json::array();
  for (const prune::ReconstructedLayer& layer : report.layers) {
    Json one = {{"node", layer.name}, {"is_changed", layer.is_changed}};
    one["sqnr_db"] = {Finite(layer.before_db), Finite(layer.after_db)};
    if (!layer.reason.empty()) one["reason"] = layer.reason;
    layers.push_back(std::move(one));
  }
  return {{"layers", layers}};
}

Json Of(const prune::ClusterReport& report) {
  Json layers = Json::array();
  for (const prune::ClusteredLayer& layer : report.layers) {
    Json one = {{"node", layer.name},
                {"op", layer.op},
                {"weights", layer.weights},
                {"values", {layer.values_before, layer.values}}};
    one["weight_sqnr_db"] = Finite(layer.weights_db);
    one["output_sqnr_db"] = Finite(layer.output_db);
    if (!layer.reason.empty()) one["reason"] = layer.reason;
    layers.push_back(std::move(one));
  }
  return {{"layers", layers}};
}

}  // namespace

std::string ToJson(const Outcome& outcome) {
  Json passes = Json::array();
  for (const opt::PassOutcome& pass : outcome.passes) {
    passes.push_back({{"name", pass.name},
                      {"changes", pass.changes},
                      {"nodes", {pass.before.nodes, pass.after.nodes}},
                      {"macs", {pass.before.macs, pass.after.macs}},
                      {"notes", pass.notes}});
  }
  Json trials = Json::array();
  for (const Trial& trial : outcome.trials) trials.push_back(Of(trial));
  Json sensitivity = Json::array();
  for (const LayerSensitivity& layer : outcome.sensitivity) {
    sensitivity.push_back({{"node", layer.node}, {"sqnr_db", Finite(layer.sqnr_db)}});
  }
  Json json = {{"schema", kCardSchema},
               {"model", outcome.model},
               {"imported_nodes", outcome.imported_nodes},
               {"passes", passes},
               {"original", Of(outcome.original)},
               {"figure", outcome.figure},
               {"budget", Of(outcome.budget)},
               {"trials", trials},
               {"sensitivity", sensitivity}};
  if (outcome.bytes != nullptr) {
    const auto bytes = outcome.bytes->bytes();
    json["file"] = {{"bytes", bytes.size()},
                    {"sha256", sys::Sha256Hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()})}};
  }
  json["chosen"] = outcome.chosen ? Json(*outcome.chosen) : Json();
  if (outcome.channels) json["channels"] = Of(*outcome.channels);
  if (outcome.pruned) json["pruned"] = Of(*outcome.pruned);
  if (outcome.reconstructed) json["reconstructed"] = Of(*outcome.reconstructed);
  if (outcome.clustered) json["clustered"] = Of(*outcome.clustered);
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace verge::optimizer
