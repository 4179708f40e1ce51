// The report for a terminal.
#include <fmt/format.h>

#include <algorithm>

#include "optimizer/optimize.h"
#include "optimizer/report_words.h"

namespace verge::optimizer {
namespace {

using Row = std::vector<std::string>;

std::string Columns(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) line += fmt::format("{:<{}}  ", row[c], widths[c]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

Row RowOf(const Outcome& outcome, const std::string& name, const Measured& m, const std::string& drop,
          const std::string& verdict) {
  Row row = {
      name, BytesText(m.file_bytes),
      fmt::format("{:.3f}", static_cast<double>(m.file_bytes) / static_cast<double>(outcome.original.file_bytes)),
      LatencyText(m), SqnrText(m)};
  if (!outcome.figure.empty()) {
    row.push_back(FigureText(m.evaluation.figures, outcome.figure));
    row.push_back(drop);
  }
  row.push_back(verdict);
  return row;
}

std::string Verdict(const Outcome& outcome, size_t i) {
  const Trial& trial = outcome.trials[i];
  if (outcome.chosen == i) return "chosen";
  if (trial.fits()) return "fits";
  std::string misses;
  for (const std::string& miss : trial.misses) misses += (misses.empty() ? "" : "; ") + miss;
  return "misses: " + misses;
}

// Layers of the chosen one that are not what was wished, and why.
std::string FloatLayers(const Trial& trial) {
  constexpr size_t kShown = 12;
  std::map<std::string, size_t> reasons;
  for (const quant::LayerReport& layer : trial.layers) {
    if (layer.precision == quant::Precision::kF32 && !layer.reason.empty()) ++reasons[layer.op + ": " + layer.reason];
  }
  std::string out;
  size_t shown = 0;
  for (const auto& [reason, count] : reasons) {
    if (shown++ == kShown) return out + "  ...\n";
    out += fmt::format("  {} x {}\n", count, reason);
  }
  return out.empty() ? out : "stay f32:\n" + out;
}

// What was done to weights, in a line a step.
std::string WeightChanges(const Outcome& outcome) {
  std::string out;
  if (outcome.channels) {
    const prune::ChannelReport& channels = *outcome.channels;
    out += fmt::format("channels removed: {} -> {} multiply-accumulates, {} -> {} parameters\n", channels.macs_before,
                       channels.macs, channels.parameters_before, channels.parameters);
  }
  if (outcome.pruned) {
    const auto share = 100.0 * static_cast<double>(outcome.pruned->zeros) /
                       std::max(1.0, static_cast<double>(outcome.pruned->weights));
    out += fmt::format("zero weights: {} of {} ({:.1f} %)\n", outcome.pruned->zeros, outcome.pruned->weights, share);
  }
  if (outcome.reconstructed) {
    const auto& layers = outcome.reconstructed->layers;
    out += fmt::format("layers rebuilt: {} of {}\n",
                       std::ranges::count_if(layers, &prune::ReconstructedLayer::is_changed), layers.size());
  }
  if (outcome.clustered) {
    const auto& layers = outcome.clustered->layers;
    out += fmt::format("layers clustered: {} of {}\n",
                       std::ranges::count_if(layers, [](const auto& layer) { return layer.reason.empty(); }),
                       layers.size());
  }
  return out;
}

}  // namespace

std::string ToText(const Outcome& outcome) {
  std::vector<Row> rows = {{"MODEL", "SIZE", "RATIO", "MEDIAN", "SQNR"}};
  if (!outcome.figure.empty()) {
    rows[0].push_back(outcome.figure);
    rows[0].push_back("DROP");
  }
  rows[0].push_back("VERDICT");
  rows.push_back(RowOf(outcome, "original", outcome.original, "", ""));
  for (size_t i = 0; i < outcome.trials.size(); ++i) {
    const Trial& trial = outcome.trials[i];
    rows.push_back(RowOf(outcome, trial.name, trial.measured, DropText(trial), Verdict(outcome, i)));
  }
  std::string out = Columns(rows) + WeightChanges(outcome);
  if (!outcome.chosen) return out + "nothing that was tried is within the budget\n";
  const Trial& chosen = outcome.trials[*outcome.chosen];
  out += FloatLayers(chosen);
  for (const std::string& note : chosen.notes) out += "note: " + note + "\n";
  return out;
}

std::string ExplainPasses(const Outcome& outcome) {
  std::vector<Row> rows = {{"PASS", "CHANGES", "NODES", "MACS"}};
  std::string notes;
  for (const opt::PassOutcome& pass : outcome.passes) {
    rows.push_back({pass.name, std::to_string(pass.changes),
                    fmt::format("{} -> {}", pass.before.nodes, pass.after.nodes),
                    fmt::format("{} -> {}", pass.before.macs, pass.after.macs)});
    for (const std::string& note : pass.notes) notes += fmt::format("{}: {}\n", pass.name, note);
  }
  return Columns(rows) + notes;
}

}  // namespace verge::optimizer
