// The report as a page: what was tried, size against quality with the Pareto front, layers, passes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "optimizer/optimize.h"
#include "optimizer/report_weights.h"
#include "optimizer/report_words.h"
#include "report/html.h"

namespace verge::optimizer {
namespace {

using report::Escape;

constexpr double kLeft = 60, kTop = 14, kWidth = 976, kHeight = 240;

struct Axis {
  double lo = 0;
  double hi = 1;
  double At(double value) const { return hi > lo ? (value - lo) / (hi - lo) : 0.5; }
};

// One model in the plot of size and quality.
struct Point {
  std::string name;
  double bytes = 0;
  double quality = 0;
  bool is_chosen = false;
  bool is_on_front = false;
};

std::vector<Point> Points(const Outcome& outcome) {
  const std::vector<bool> front = OnParetoFront(outcome);
  std::vector<Point> points;
  const auto add = [&](const std::string& name, const Measured& m, bool is_chosen, bool is_on_front) {
    const double quality = QualityOf(outcome, m);
    if (std::isfinite(quality)) {
      points.push_back({name, static_cast<double>(m.file_bytes), quality, is_chosen, is_on_front});
    }
  };
  if (!outcome.figure.empty()) add("original", outcome.original, false, false);
  for (size_t i = 0; i < outcome.trials.size(); ++i) {
    add(outcome.trials[i].name, outcome.trials[i].measured, outcome.chosen == i, front[i]);
  }
  return points;
}

Axis AxisOf(const std::vector<Point>& points, double Point::* field, bool from_zero) {
  Axis axis{HUGE_VAL, -HUGE_VAL};
  for (const Point& point : points) {
    axis.lo = std::min(axis.lo, point.*field);
    axis.hi = std::max(axis.hi, point.*field);
  }
  const double margin = std::max((axis.hi - axis.lo) * 0.15, std::abs(axis.hi) * 0.01);
  return {from_zero ? 0 : axis.lo - margin, axis.hi + margin};
}

void ParetoPlot(std::string& out, const Outcome& outcome) {
  std::vector<Point> points = Points(outcome);
  if (points.empty()) return;
  const bool is_share = !outcome.figure.empty();
  const Axis x = AxisOf(points, &Point::bytes, true), y = AxisOf(points, &Point::quality, false);
  const auto px = [&](double bytes) { return kLeft + kWidth * x.At(bytes); };
  const auto py = [&](double quality) { return kTop + kHeight * (1 - y.At(quality)); };
  out += fmt::format(
      "<section><h2>Size and {}</h2><svg class=\"plot\" viewBox=\"0 0 1080 290\" role=\"img\" width=\"100%\" "
      "aria-label=\"size against quality\">",
      is_share ? Escape(outcome.figure) : "SQNR");
  constexpr int kLines = 4;
  for (int i = 0; i <= kLines; ++i) {
    const double quality = y.lo + (y.hi - y.lo) * i / kLines, bytes = x.hi * i / kLines;
    out += fmt::format(
        "<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"52\" "
        "y=\"{3:.1f}\" "
        "text-anchor=\"end\">{4}</text><text x=\"{5:.1f}\" y=\"276\" text-anchor=\"middle\">{6}</text>",
        kLeft, kLeft + kWidth, py(quality), py(quality) + 4,
        is_share ? fmt::format("{:.1f} %", 100 * quality) : fmt::format("{:.0f} dB", quality), px(bytes),
        BytesText(static_cast<size_t>(bytes)));
  }
  std::ranges::sort(points, {}, &Point::bytes);
  out += "<polyline class=\"front\" points=\"";
  for (const Point& point : points) {
    if (point.is_on_front) out += fmt::format("{:.1f},{:.1f} ", px(point.bytes), py(point.quality));
  }
  out += "\"/>";
  for (const Point& point : points) {
    out += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}</title></circle>",
                       point.is_chosen ? "chosen" : "dot", px(point.bytes), py(point.quality), point.is_chosen ? 7 : 5,
                       Escape(point.name));
  }
  out +=
      "</svg><p class=\"key\">Each point is a model that was made and measured; red: the chosen one. The dashed line "
      "is "
      "the Pareto front: nothing tried is both smaller and better.</p></section>";
}

void TrialTable(std::string& out, const Outcome& outcome) {
  out +=
      "<section><h2>What was tried</h2><div class=\"scroll\"><table><tr><th>model</th><th>size</th><th>of "
      "original</th><th>median run</th><th>SQNR</th><th>same top-1</th>";
  if (!outcome.figure.empty()) out += "<th>" + Escape(outcome.figure) + "</th><th>change</th>";
  out += "<th class=\"l\">budget</th></tr>";
  const auto row = [&](const std::string& name, const Measured& m, const std::string& drop, const std::string& verdict,
                       bool is_chosen) {
    out += fmt::format(
        "<tr class=\"{}\"><td class=\"n\" "
        "title=\"{}\">{}</td><td>{}</td><td>{:.3f}</td><td>{}</td><td>{}</td><td>{}</td>",
        is_chosen ? "first" : "", Escape(name), Escape(name), BytesText(m.file_bytes),
        static_cast<double>(m.file_bytes) / static_cast<double>(outcome.original.file_bytes), LatencyText(m),
        SqnrText(m), m.closeness ? fmt::format("{:.1f} %", 100 * m.closeness->same_top1) : "-");
    if (!outcome.figure.empty()) {
      out += fmt::format("<td>{}</td><td>{}</td>", Escape(FigureText(m.evaluation.figures, outcome.figure)), drop);
    }
    out += fmt::format("<td class=\"l\">{}</td></tr>", Escape(verdict));
  };
  row("original", outcome.original, "", "", false);
  for (size_t i = 0; i < outcome.trials.size(); ++i) {
    const Trial& trial = outcome.trials[i];
    std::string verdict = outcome.chosen == i ? "chosen" : "fits";
    if (!trial.fits()) verdict = trial.misses.front();
    row(trial.name, trial.measured, DropText(trial), verdict, outcome.chosen == i);
  }
  out +=
      "</table></div><p class=\"key\">SQNR and top-1 compare outputs with the original's on the calibration "
      "data.</p></section>";
}

void SensitivityPlot(std::string& out, const Outcome& outcome) {
  if (outcome.sensitivity.empty()) return;
  double highest = 20;
  for (const LayerSensitivity& layer : outcome.sensitivity) {
    if (std::isfinite(layer.sqnr_db)) highest = std::max(highest, layer.sqnr_db);
  }
  std::map<std::string, quant::Precision> chosen;
  if (outcome.chosen) {
    for (const quant::LayerReport& layer : outcome.trials[*outcome.chosen].layers) chosen[layer.node] = layer.precision;
  }
  out +=
      "<section><h2>Sensitivity of layers</h2><svg class=\"plot\" viewBox=\"0 0 1080 270\" role=\"img\" width=\"100%\" "
      "aria-label=\"sensitivity of layers\">";
  const double step = kWidth / static_cast<double>(outcome.sensitivity.size());
  for (size_t i = 0; i < outcome.sensitivity.size(); ++i) {
    const LayerSensitivity& layer = outcome.sensitivity[i];
    const double db = std::isfinite(layer.sqnr_db) ? std::clamp(layer.sqnr_db, 0.0, highest) : highest;
    const double height = kHeight * db / highest;
    const auto precision = chosen.find(layer.node);
    const bool is_float = precision != chosen.end() && precision->second == quant::Precision::kF32;
    out += fmt::format(
        "<rect class=\"bar{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{}: "
        "{}</title></rect>",
        is_float ? " float" : "", kLeft + step * static_cast<double>(i), kTop + kHeight - height,
        std::max(1.0, step - 1), height, Escape(layer.node), SqnrText(layer.sqnr_db));
  }
  out += fmt::format(
      "<text x=\"52\" y=\"{:.0f}\" text-anchor=\"end\">{:.0f} dB</text><text x=\"52\" y=\"{:.0f}\" "
      "text-anchor=\"end\">0</text></svg><p class=\"key\">SQNR of the model's output when this layer alone is int8; "
      "the "
      "most sensitive stand left. Grey: stays finer in the chosen model.</p></section>",
      kTop + 10, highest, kTop + kHeight);
}

void LayerTable(std::string& out, const Outcome& outcome) {
  if (!outcome.chosen || outcome.trials[*outcome.chosen].layers.empty()) return;
  std::map<std::string, double> sensitivity;
  for (const LayerSensitivity& layer : outcome.sensitivity) sensitivity[layer.node] = layer.sqnr_db;
  out +=
      "<section><h2>Layers of the chosen model</h2><div class=\"scroll\"><table><tr><th>layer</th><th "
      "class=\"l\">op</th><th class=\"l\">precision</th><th>scale</th><th>zero</th><th>range</th><th>seen</th><th>"
      "clipped</th><th>weights SQNR</th><th>alone</th><th class=\"l\">why</th></tr>";
  for (const quant::LayerReport& layer : outcome.trials[*outcome.chosen].layers) {
    const auto alone = sensitivity.find(layer.node);
    const bool has_scale = layer.scale > 0;
    out += fmt::format(
        "<tr><td class=\"n\" title=\"{0}\">{0}</td><td class=\"l\">{1}</td><td "
        "class=\"l\">{2}</td><td>{3}</td><td>{4}</td><td>{5}</td><td>{6}</td><td>{7}</td><td>{8}</td><td>{9}</td><td "
        "class=\"l\">{10}</td></tr>",
        Escape(layer.node), Escape(layer.op), quant::PrecisionName(layer.precision),
        has_scale ? fmt::format("{:.4g}", layer.scale) : "", has_scale ? std::to_string(layer.zero_point) : "",
        has_scale ? fmt::format("{:.3g} .. {:.3g}", layer.range_lo, layer.range_hi) : "",
        has_scale ? fmt::format("{:.3g} .. {:.3g}", layer.seen_lo, layer.seen_hi) : "",
        has_scale ? fmt::format("{:.3f} %", 100 * layer.clipped_share) : "",
        layer.has_weights ? SqnrText(layer.weight_sqnr_db) : "",
        alone == sensitivity.end() ? "" : SqnrText(alone->second), Escape(layer.reason));
  }
  out += "</table></div></section>";
}

void PassTable(std::string& out, const Outcome& outcome) {
  out +=
      "<section><h2>Graph passes</h2><div class=\"scroll\"><table><tr><th>pass</th><th>changes</th><th>nodes</th><th>"
      "multiply-accumulates</th></tr>";
  for (const opt::PassOutcome& pass : outcome.passes) {
    if (pass.changes == 0) continue;
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{} &rarr; {}</td><td>{} &rarr; {}</td></tr>", pass.name,
                       pass.changes, pass.before.nodes, pass.after.nodes, pass.before.macs, pass.after.macs);
  }
  out += "</table></div></section>";
}

void Tiles(std::string& out, const Outcome& outcome) {
  out += "<div class=\"tiles\">";
  if (!outcome.chosen) {
    out += report::Tile("none", "nothing tried is within the budget", true);
  } else {
    const Trial& chosen = outcome.trials[*outcome.chosen];
    const Measured& m = chosen.measured;
    out += report::Tile(BytesText(m.file_bytes), "file, was " + BytesText(outcome.original.file_bytes));
    if (m.latency_ms) out += report::Tile(LatencyText(m), "median run, was " + LatencyText(outcome.original));
    if (!outcome.figure.empty()) {
      const eval::Figure* const figure = FindFigure(m.evaluation.figures, outcome.figure);
      if (figure != nullptr) {
        out += report::Tile(fmt::format("{:.2f} %", 100 * figure->value),
                            outcome.figure + " on " + std::to_string(m.evaluation.items) + " items");
      }
      out += report::Tile(DropText(chosen), "against the original");
    }
    if (m.closeness) out += report::Tile(SqnrText(m), "SQNR of the worst output");
  }
  out += "</div>";
}

}  // namespace

std::string ToHtml(const Outcome& outcome) {
  std::string out = report::PageHead("verge optimize", "Optimised: " + outcome.model);
  const std::string chosen =
      outcome.chosen ? outcome.trials[*outcome.chosen].name : std::string("no model within the budget");
  out += fmt::format("<p>{}</p></header>", Escape(chosen));
  Tiles(out, outcome);
  ParetoPlot(out, outcome);
  TrialTable(out, outcome);
  SensitivityPlot(out, outcome);
  LayerTable(out, outcome);
  out += WeightTables(outcome);
  PassTable(out, outcome);
  out += report::PageFoot("Written by verge optimize. Times are of the machine that it ran on.");
  return out;
}

}  // namespace verge::optimizer
