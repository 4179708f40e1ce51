// The report as a page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/compare.h"
#include "compare/words.h"
#include "report/html.h"

namespace verge::compare {
namespace {

using report::Escape;
using report::Tile;

void Tiles(std::string& out, const Report& report) {
  const auto over = std::ranges::count_if(report.layers, [](const LayerResult& layer) { return layer.exceeds; });
  out += "<div class=\"tiles\">";
  out += Tile(std::to_string(report.layers.size()), "layers compared");
  out += Tile(std::to_string(over), "outside the bound", over > 0);
  if (report.first_exceeding) {
    out += Tile(report.layers[*report.first_exceeding].name, "first layer outside the bound", true);
  }
  const LayerResult* const output = WorstOutput(report);
  if (output != nullptr) {
    const std::string sqnr = SqnrText(output->metrics);
    out += Tile(sqnr == "equal" || sqnr == "-" ? sqnr : sqnr + " dB", "SQNR of the worst output");
    out += Tile(fmt::format("{:.3g}", output->metrics.max_relative), "its max error, of its largest value");
  }
  out += "</div>";
}

// SQNR over layers. Equal layers stand at the upper edge, those without a signal at the lower one.
struct Plot {
  static constexpr double kLeft = 44, kTop = 14, kWidth = 1020, kHeight = 220;
  double top_db = 60;
  double bottom_db = 0;
  size_t count = 1;

  double X(size_t i) const {
    return kLeft + kWidth * (static_cast<double>(i) + 0.5) / static_cast<double>(std::max<size_t>(count, 1));
  }
  double Y(double db) const {
    return kTop + kHeight * (top_db - std::clamp(db, bottom_db, top_db)) / (top_db - bottom_db);
  }
};

Plot PlotFor(const Report& report) {
  double lo = 0, hi = 20;
  for (const LayerResult& layer : report.layers) {
    if (!std::isfinite(layer.metrics.sqnr_db)) continue;
    lo = std::min(lo, layer.metrics.sqnr_db);
    hi = std::max(hi, layer.metrics.sqnr_db);
  }
  return {std::ceil(hi / 20 + 0.25) * 20, std::max(-60.0, std::floor(lo / 20) * 20), report.layers.size()};
}

void Grid(std::string& out, const Plot& plot) {
  for (double db = plot.bottom_db; db <= plot.top_db; db += 20) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"36\" "
        "y=\"{3:.1f}\" text-anchor=\"end\">{4:.0f}</text>",
        Plot::kLeft, Plot::kLeft + Plot::kWidth, plot.Y(db), plot.Y(db) + 4, db);
  }
}

void SqnrPlot(std::string& out, const Report& report) {
  const Plot plot = PlotFor(report);
  out +=
      "<section><h2>SQNR over layers, in dB</h2><svg class=\"plot\" viewBox=\"0 0 1080 262\" role=\"img\" "
      "width=\"100%\" aria-label=\"SQNR over layers\">";
  Grid(out, plot);
  if (report.bounds.min_sqnr_db) {
    out += fmt::format("<line class=\"bound\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>",
                       Plot::kLeft, Plot::kLeft + Plot::kWidth, plot.Y(*report.bounds.min_sqnr_db));
  }
  if (report.first_exceeding) {
    out += fmt::format("<line class=\"mark\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>",
                       plot.X(*report.first_exceeding), Plot::kTop, Plot::kTop + Plot::kHeight);
  }
  out += "<polyline class=\"curve\" points=\"";
  for (size_t i = 0; i < report.layers.size(); ++i) {
    out += fmt::format("{:.1f},{:.1f} ", plot.X(i), plot.Y(report.layers[i].metrics.sqnr_db));
  }
  out += "\"/>";
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerResult& layer = report.layers[i];
    out +=
        fmt::format("<circle class=\"dot{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{} ({}): {}</title></circle>",
                    layer.exceeds ? " over" : "", plot.X(i), plot.Y(layer.metrics.sqnr_db), Escape(layer.name),
                    Escape(layer.op), SqnrText(layer.metrics));
  }
  out += fmt::format(
      "<text x=\"{:.0f}\" y=\"254\">first layer</text><text x=\"{:.0f}\" y=\"254\" text-anchor=\"end\">last "
      "layer</text></svg><p class=\"key\">Layers that are equal stand at the upper edge. Red: outside the bound ({}); "
      "the line marks the first of them.</p></section>",
      Plot::kLeft, Plot::kLeft + Plot::kWidth, Escape(BoundsText(report.bounds)));
}

void Table(std::string& out, const Report& report) {
  out +=
      "<section><h2>Layers</h2><div class=\"scroll\"><table><tr><th>layer</th><th class=\"l\">op</th><th "
      "class=\"l\">type</th><th>SQNR dB</th><th>max error</th><th>of largest</th><th>cosine</th></tr>";
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerResult& layer = report.layers[i];
    const Metrics& m = layer.metrics;
    const std::string kind = std::string(layer.exceeds ? "over" : "") + (report.first_exceeding == i ? " first" : "");
    const std::string other = layer.is_by_name && layer.other_name == layer.name
                                  ? ""
                                  : fmt::format("<small>{}</small>", Escape(layer.other_name));
    const std::string ops = layer.op == layer.other_op ? layer.op : layer.op + " / " + layer.other_op;
    out += fmt::format(
        "<tr class=\"{}\"><td class=\"n\" title=\"{}\">{}{}{}</td><td class=\"l\">{}</td><td "
        "class=\"l\">{}</td><td>{}</td><td>{:.3g}</td><td>{:.3g}</td><td>{:.6f}</td></tr>",
        kind, Escape(layer.name), Escape(layer.name), layer.is_output ? "<span class=\"badge\">output</span>" : "",
        other, Escape(ops), TypesText(layer), SqnrText(m), m.max_error, m.max_relative, m.cosine);
  }
  out +=
      "</table></div><p class=\"key\">A second name in small letters: the layer is called otherwise in "
      "B.</p></section>";
}

void Unmatched(std::string& out, const char* title, const std::vector<std::string>& names) {
  if (names.empty()) return;
  constexpr size_t kShown = 200;
  out += fmt::format("<section><h2>{} ({})</h2><p class=\"key\">", title, names.size());
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) out += (i == 0 ? "" : ", ") + Escape(names[i]);
  out += names.size() > kShown ? ", ...</p></section>" : "</p></section>";
}

}  // namespace

std::string ToHtml(const Report& report) {
  std::string out = report::PageHead("verge compare", "Layer by layer");
  out += fmt::format("<p>A &middot; {}</p><p>B &middot; {}</p></header>", Escape(report.label),
                     Escape(report.other_label));
  Tiles(out, report);
  SqnrPlot(out, report);
  Table(out, report);
  Unmatched(out, "Only in A", report.only);
  Unmatched(out, "Only in B", report.only_other);
  return out + report::PageFoot("Written by verge compare. Errors are relative to A.");
}

}  // namespace verge::compare
