// The profile as a page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "profile/profile.h"
#include "report/html.h"

namespace verge::profile {
namespace {

using report::Escape;
using report::Tile;

constexpr double kWidth = 1080;
constexpr const char* kStyle =
    "<style>.plot .roof{fill:none;stroke:var(--ink);stroke-width:1.5}.plot .roof.int8{stroke:var(--alert)}"
    ".plot circle{fill:var(--accent);fill-opacity:.5;stroke:var(--accent)}.plot "
    "circle.int8{fill:var(--alert);stroke:var(--alert)}"
    ".flame rect{stroke:var(--card);fill:var(--bar)}.flame rect.all{fill:var(--line)}.flame rect.node{fill:var(--area)}"
    ".flame text{fill:var(--ink);font-size:12px;pointer-events:none}</style>";

std::string SizeText(double bytes) {
  return bytes >= 1e6 ? fmt::format("{:.2f} MB", bytes / 1e6) : fmt::format("{:.1f} kB", bytes / 1e3);
}

void Tiles(std::string& out, const Report& report) {
  double macs = 0, bytes = 0;
  for (const Node& node : report.nodes) {
    macs += static_cast<double>(node.macs);
    bytes += static_cast<double>(node.bytes);
  }
  const Machine& m = report.machine;
  out += "<div class=\"tiles\">";
  out += Tile(fmt::format("{:.3f} ms", TotalMs(report)), "a run, sum of its nodes");
  out += Tile(fmt::format("{:.1f} M", macs / 1e6), "multiply-accumulates a run");
  out += Tile(SizeText(bytes), "moved a run");
  out += Tile(fmt::format("{:.1f} GMAC/s", m.f32.per_second / 1e9),
              fmt::format("this machine's peak, f32 ({})", m.f32.isa));
  out +=
      Tile(fmt::format("{:.1f} GMAC/s", m.int8.per_second / 1e9), fmt::format("its peak of 8 bits ({})", m.int8.isa));
  out += Tile(fmt::format("{:.1f} GB/s", m.bytes_per_second / 1e9), "its copy bandwidth, read and written");
  out += "</div>";
}

// Both axes logarithmic, whole decades: across multiply-accumulates a byte, up multiply-accumulates a second.
struct Roofline {
  static constexpr double kLeft = 64, kTop = 12, kInner = kWidth - kLeft - 24, kHeight = 330;
  double x_lo = -2, x_hi = 3, y_lo = 8, y_hi = 12;

  double X(double log) const { return kLeft + kInner * (std::clamp(log, x_lo, x_hi) - x_lo) / (x_hi - x_lo); }
  double Y(double log) const { return kTop + kHeight * (y_hi - std::clamp(log, y_lo, y_hi)) / (y_hi - y_lo); }
};

double Intensity(const Node& node) { return static_cast<double>(node.macs) / static_cast<double>(node.bytes); }
bool HasPlace(const Node& node) { return node.macs > 0 && node.bytes > 0 && node.ms > 0; }

Roofline ScaleFor(const Report& report) {
  Roofline scale;
  double least = 1e9;
  for (const Node& node : report.nodes) {
    if (!HasPlace(node)) continue;
    least = std::min(least, GmacsPerSecond(node) * 1e9);
    scale.x_lo = std::min(scale.x_lo, std::floor(std::log10(Intensity(node))));
    scale.x_hi = std::max(scale.x_hi, std::ceil(std::log10(Intensity(node))));
  }
  scale.y_lo = std::max(0.0, std::floor(std::log10(std::max(least, 1.0))));
  const double peak = std::max({report.machine.f32.per_second, report.machine.int8.per_second, 1e9});
  scale.y_hi = std::max(scale.y_lo + 1, std::ceil(std::log10(peak)));
  return scale;
}

void Grid(std::string& out, const Roofline& s) {
  const auto line = [&](double x1, double y1, double x2, double y2) {
    out +=
        fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", x1, y1, x2, y2);
  };
  for (double x = s.x_lo; x <= s.x_hi; ++x) {
    line(s.X(x), s.Y(s.y_lo), s.X(x), s.Y(s.y_hi));
    out += fmt::format("<text x=\"{:.1f}\" y=\"360\" text-anchor=\"middle\">{:g}</text>", s.X(x), std::pow(10, x));
  }
  for (double y = s.y_lo; y <= s.y_hi; ++y) {
    line(s.X(s.x_lo), s.Y(y), s.X(s.x_hi), s.Y(y));
    out += fmt::format("<text x=\"56\" y=\"{:.1f}\" text-anchor=\"end\">{:g}</text>", s.Y(y) + 4, std::pow(10, y - 9));
  }
  out +=
      fmt::format("<text x=\"{:.0f}\" y=\"382\" text-anchor=\"middle\">MAC a byte</text>", s.X((s.x_lo + s.x_hi) / 2));
  out += "<text transform=\"translate(12 177) rotate(-90)\" text-anchor=\"middle\">GMAC/s</text>";
}

// Up along the bandwidth, then flat at the peak.
void Roof(std::string& out, const Roofline& s, double peak, double bandwidth, const char* css) {
  if (peak <= 0 || bandwidth <= 0) return;
  const double slope = std::log10(bandwidth), top = std::log10(peak);
  const double from = std::max(s.x_lo, s.y_lo - slope), ridge = std::clamp(top - slope, from, s.x_hi);
  out += fmt::format("<polyline class=\"{}\" points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\"/>", css, s.X(from),
                     s.Y(from + slope), s.X(ridge), s.Y(std::min(top, ridge + slope)), s.X(s.x_hi), s.Y(top));
}

void RooflinePlot(std::string& out, const Report& report) {
  const Roofline scale = ScaleFor(report);
  const double total = TotalMs(report);
  out +=
      "<section><h2>Roofline</h2><svg class=\"plot\" viewBox=\"0 0 1080 390\" role=\"img\" width=\"100%\" "
      "aria-label=\"Speed of each node over its work a byte\">";
  Grid(out, scale);
  const Machine& m = report.machine;
  Roof(out, scale, m.f32.per_second, m.bytes_per_second, "roof");
  Roof(out, scale, m.int8.per_second, m.bytes_per_second, "roof int8");
  for (const Node& node : report.nodes) {
    if (!HasPlace(node)) continue;
    out += fmt::format(
        "<circle{} cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"><title>{} ({}): {:.4f} ms, {:.1f} GMAC/s</title></circle>",
        node.is_int8 ? " class=\"int8\"" : "", scale.X(std::log10(Intensity(node))),
        scale.Y(std::log10(GmacsPerSecond(node) * 1e9)), 3 + 18 * std::sqrt(node.ms / total), Escape(node.name),
        Escape(node.kernel), node.ms, GmacsPerSecond(node));
  }
  out +=
      "</svg><p class=\"key\">A dot is a node that multiplies: the larger, the more time. The lines are what this "
      "machine "
      "can do: on the left the bandwidth of a copy, flat the peak of f32 and (red) of 8 bits. Above the sloping line "
      "operands came from a cache.</p></section>";
}

struct Span {
  double from = 0;
  double ms = 0;
};

void Box(std::string& out, const char* css, int level, Span span, double total, const std::string& label) {
  const double x = kWidth * span.from / total, width = kWidth * span.ms / total;
  if (width < 0.1) return;
  const std::string safe = Escape(fmt::format("{}: {:.4f} ms, {:.1f} %", label, span.ms, 100 * span.ms / total));
  out += fmt::format("<rect class=\"{}\" x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"28\"><title>{}</title></rect>",
                     css, x, level * 30, width, safe);
  const auto fits = static_cast<size_t>(std::max(0.0, (width - 8) / 6.6));
  if (fits < 4) return;
  const std::string shown = label.size() <= fits ? label : ".." + label.substr(label.size() - fits + 2);
  out += fmt::format("<text x=\"{:.2f}\" y=\"{}\">{}</text>", x + 4, level * 30 + 18, Escape(shown));
}

// The run above, its operators below it, their nodes below them; as wide as they take time, the slowest first.
void FlameChart(std::string& out, const Report& report) {
  std::map<std::string, std::vector<const Node*>> by_op;
  std::map<std::string, double> op_ms;
  for (const Node& node : report.nodes) {
    by_op[node.op].push_back(&node);
    op_ms[node.op] += node.ms;
  }
  std::vector<std::string> order;
  for (const auto& [op, ms] : op_ms) order.push_back(op);
  std::ranges::stable_sort(order, [&](const std::string& a, const std::string& b) { return op_ms[a] > op_ms[b]; });
  const double total = TotalMs(report);
  out +=
      "<section><h2>Time by operator and node</h2><svg class=\"flame\" viewBox=\"0 0 1080 90\" role=\"img\" "
      "width=\"100%\" aria-label=\"Time by operator and node\">";
  if (total > 0) {
    Box(out, "all", 0, {0, total}, total, "a run");
    double at = 0;
    for (const std::string& op : order) {
      Box(out, "op", 1, {at, op_ms[op]}, total, op);
      std::ranges::stable_sort(by_op[op], [](const Node* a, const Node* b) { return a->ms > b->ms; });
      for (const Node* node : by_op[op]) {
        Box(out, "node", 2, {at, node->ms}, total, node->name);
        at += node->ms;
      }
    }
  }
  out += "</svg></section>";
}

void Table(std::string& out, const Report& report) {
  out +=
      "<section><h2>Nodes</h2><div class=\"scroll\"><table><tr><th>node</th><th "
      "class=\"l\">output</th><th>ms</th><th>%</th>"
      "<th>MMAC</th><th>GMAC/s</th><th>% of peak</th><th>kB</th><th>GB/s</th><th>% of copy</th></tr>";
  const double total = TotalMs(report);
  for (const Node& node : report.nodes) {
    out += fmt::format(
        "<tr><td class=\"n\">{}<small>{}</small></td><td class=\"l\">{}</td><td>{:.4f}</td><td>{:.1f}</td>"
        "<td>{:.3f}</td><td>{:.1f}</td><td>{:.0f}</td><td>{:.1f}</td><td>{:.1f}</td><td>{:.0f}</td></tr>",
        Escape(node.name), Escape(node.kernel), Escape(node.output), node.ms, total > 0 ? 100 * node.ms / total : 0.0,
        static_cast<double>(node.macs) / 1e6, GmacsPerSecond(node), PercentOfPeak(node, report.machine),
        static_cast<double>(node.bytes) / 1e3, GbytesPerSecond(node), PercentOfBandwidth(node, report.machine));
  }
  out += "</table></div></section>";
}

}  // namespace

std::string Html(const Report& report) {
  std::string out = report::PageHead("Profile of " + report.model, "Profile of " + report.model);
  out += fmt::format("<p>{} nodes, {} thread(s), mean of {} runs</p></header>{}", report.nodes.size(), report.threads,
                     report.runs, kStyle);
  Tiles(out, report);
  RooflinePlot(out, report);
  FlameChart(out, report);
  Table(out, report);
  out += report::PageFoot("Bytes: each operand of a node once. Peaks and bandwidth were measured just before.");
  return out;
}

}  // namespace verge::profile
