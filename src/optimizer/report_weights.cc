#include "optimizer/report_weights.h"

#include <fmt/format.h>

#include <algorithm>

#include "optimizer/report_words.h"
#include "report/html.h"

namespace verge::optimizer {
namespace {

using report::Escape;

std::string Cells(const std::string& name, std::initializer_list<std::string> numbers, const std::string& reason) {
  std::string row = fmt::format("<tr><td class=\"n\" title=\"{0}\">{0}</td>", Escape(name));
  for (const std::string& number : numbers) row += "<td>" + number + "</td>";
  return row + "<td class=\"l\">" + Escape(reason) + "</td></tr>";
}

std::string Section(const std::string& title, const std::string& columns, const std::string& rows) {
  std::string head;
  for (size_t at = 0; at <= columns.size();) {
    const size_t end = std::min(columns.find('|', at), columns.size());
    head += "<th>" + columns.substr(at, end - at) + "</th>";
    at = end + 1;
  }
  return "<section><h2>" + title + "</h2><div class=\"scroll\"><table><tr>" + head +
         "<th class=\"l\">why left</th></tr>" + rows + "</table></div></section>";
}

std::string ChannelTable(const prune::ChannelReport& report) {
  std::string rows;
  for (const prune::ChannelGroupReport& group : report.groups) {
    std::string layers;
    for (const std::string& layer : group.layers) layers += (layers.empty() ? "" : ", ") + layer;
    rows += Cells(layers, {std::to_string(group.channels), std::to_string(group.kept)}, group.reason);
  }
  return Section("Channels", "layers|channels|kept", rows);
}

std::string PrunedTable(const prune::PruneReport& report) {
  std::string rows;
  for (const prune::PrunedLayer& layer : report.layers) {
    const double share = 100.0 * static_cast<double>(layer.zeros) / std::max(1.0, static_cast<double>(layer.weights));
    rows += Cells(layer.name,
                  {layer.op, std::to_string(layer.weights), fmt::format("{:.1f} %", share), SqnrText(layer.sqnr_db)},
                  layer.reason);
  }
  return Section("Pruning", "layer|op|weights|zeros|output SQNR", rows);
}

std::string RebuiltTable(const prune::ReconstructReport& report) {
  std::string rows;
  for (const prune::ReconstructedLayer& layer : report.layers) {
    rows += Cells(layer.name, {SqnrText(layer.before_db), SqnrText(layer.after_db)}, layer.reason);
  }
  return Section("Rebuilt layers", "layer|output SQNR pruned|rebuilt", rows);
}

std::string ClusterTable(const prune::ClusterReport& report) {
  std::string rows;
  for (const prune::ClusteredLayer& layer : report.layers) {
    rows += Cells(layer.name,
                  {layer.op, std::to_string(layer.weights), std::to_string(layer.values_before),
                   std::to_string(layer.values), SqnrText(layer.weights_db), SqnrText(layer.output_db)},
                  layer.reason);
  }
  return Section("Clusters", "layer|op|weights|values before|values|weights SQNR|output SQNR", rows);
}

}  // namespace

std::string WeightTables(const Outcome& outcome) {
  std::string out;
  if (outcome.channels) out += ChannelTable(*outcome.channels);
  if (outcome.pruned) out += PrunedTable(*outcome.pruned);
  if (outcome.reconstructed) out += RebuiltTable(*outcome.reconstructed);
  if (outcome.clustered) out += ClusterTable(*outcome.clustered);
  return out;
}

}  // namespace verge::optimizer
