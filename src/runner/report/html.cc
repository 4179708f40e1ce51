#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runner/report/report.h"
#include "runner/report/style.h"
#include "sys/crypto/encode.h"

namespace verge::runner::report {
namespace {

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string TimeText(int64_t us) {
  const int64_t tenths = us / 100000;
  return fmt::format("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string Percent(uint64_t part, uint64_t all) {
  return all == 0 ? "0 %" : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(all));
}

void Tile(std::string& out, std::string_view value, std::string_view name, bool is_alert = false) {
  out += fmt::format("<div class=\"tile{}\"><b>{}</b><span>{}</span></div>", is_alert ? " alert" : "", Escape(value),
                     Escape(name));
}

void Tiles(std::string& out, const RunInfo& info, const Collector& c) {
  out += "<div class=\"tiles\">";
  Tile(out, std::to_string(c.frames()), "frames");
  Tile(out, std::to_string(c.frames_with_label()), "frames with a " + c.options().label);
  Tile(out, Percent(c.frames_with_label(), c.frames()), "of all frames");
  Tile(out, std::to_string(c.tracks()), "tracks");
  Tile(out, std::to_string(c.firing_count()), "rule firings", c.firing_count() > 0);
  const double seconds = static_cast<double>(info.wall_ms) / 1000;
  Tile(out, seconds > 0 ? fmt::format("{:.1f}", static_cast<double>(c.frames()) / seconds) : "-", "frames a second");
  out += "</div>";
}

// Where the drawing area of the time line lies.
struct Chart {
  static constexpr double kLeft = 36, kTop = 16, kWidth = 1028, kHeight = 140;
  double end_us;
  double top_count;
  double X(int64_t us) const { return kLeft + kWidth * static_cast<double>(us) / end_us; }
  double Y(int count) const { return kTop + kHeight * (1 - count / top_count); }
};

void Grid(std::string& out, const Chart& chart, int top_count) {
  const int step = std::max(1, (top_count + 3) / 4);
  for (int n = 0; n <= top_count; n += step) {
    out += fmt::format(
        "<line class=\"grid\" x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"28\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>",
        Chart::kLeft, Chart::kLeft + Chart::kWidth, chart.Y(n), chart.Y(n), chart.Y(n) + 4, n);
  }
  for (int i = 0; i <= 8; ++i) {
    const auto us = static_cast<int64_t>(chart.end_us * i / 8);
    out += fmt::format("<text x=\"{:.1f}\" y=\"178\" text-anchor=\"{}\">{}</text>", chart.X(us),
                       i == 8 ? "end" : "middle", TimeText(us));
  }
}

void TimeLine(std::string& out, const Collector& c) {
  const std::vector<TimePoint>& points = c.time_line();
  if (points.empty()) return;
  int top = 1;
  for (const TimePoint& point : points) top = std::max(top, point.count);
  const Chart chart{static_cast<double>(std::max<int64_t>(c.media_us(), 1)), static_cast<double>(top)};
  out += fmt::format(
      "<section><h2>{} over time</h2><svg class=\"timeline\" viewBox=\"0 0 1080 190\" role=\"img\" width=\"100%\" "
      "aria-label=\"objects over time\">",
      Escape(c.options().label));
  Grid(out, chart, top);
  out += fmt::format("<path class=\"area\" d=\"M{:.1f} {:.1f}", chart.X(points.front().media_us), chart.Y(0));
  for (const TimePoint& point : points)
    out += fmt::format("L{:.1f} {:.1f}", chart.X(point.media_us), chart.Y(point.count));
  out += fmt::format("L{:.1f} {:.1f}Z\"/>", chart.X(points.back().media_us), chart.Y(0));
  for (const Firing& firing : c.firings()) {
    out += fmt::format("<path class=\"fire\" d=\"M{0:.1f} 14l-5 -10h10z\"><title>{1} at {2}</title></path>",
                       chart.X(firing.media_us), Escape(firing.rule), TimeText(firing.media_us));
  }
  out += fmt::format(
      "</svg><p class=\"key\">Objects of label {} with a score of at least {:g} in each frame; red marks are rule "
      "firings.</p></section>",
      Escape(c.options().label), static_cast<double>(c.options().min_score));
}

bool HasFired(const Picture& picture, const Object& object) {
  return std::any_of(picture.firings.begin(), picture.firings.end(), [&](const Firing& f) {
    return f.object.track == object.track && f.object.box.x0 == object.box.x0 && f.object.box.y0 == object.box.y0;
  });
}

void DrawObject(std::string& out, const Picture& picture, const Object& object, float min_score) {
  const double w = picture.width, h = picture.height;
  const double x0 = std::clamp(static_cast<double>(object.box.x0), 0.0, 1.0) * w,
               x1 = std::clamp(static_cast<double>(object.box.x1), 0.0, 1.0) * w;
  const double y0 = std::clamp(static_cast<double>(object.box.y0), 0.0, 1.0) * h,
               y1 = std::clamp(static_cast<double>(object.box.y1), 0.0, 1.0) * h;
  const char* kind = HasFired(picture, object) ? " hit" : object.score < min_score ? " low" : "";
  std::string text = fmt::format("{} {:.2f}", object.label, static_cast<double>(object.score));
  if (object.track != 0) text = fmt::format("#{} {}", object.track, text);
  const double tag_width = 7.4 * static_cast<double>(text.size()) + 8;
  const double tag_y = std::max(y0 - 18, 0.0);
  out += fmt::format("<rect class=\"box{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"2\"/>",
                     kind, x0, y0, x1 - x0, y1 - y0);
  out += fmt::format(
      "<rect class=\"tagbg{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"18\" rx=\"3\"/><text "
      "class=\"tag{}\" x=\"{:.1f}\" y=\"{:.1f}\" textLength=\"{:.1f}\">{}</text>",
      kind, x0, tag_y, tag_width, kind, x0 + 4, tag_y + 13.5, tag_width - 8, Escape(text));
}

void DrawPicture(std::string& out, const RunInfo& info, const Picture& picture, float min_score) {
  const std::string_view bytes(reinterpret_cast<const char*>(picture.jpeg.data()), picture.jpeg.size());
  out += fmt::format(
      "<figure><svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"frame {2}\"><image width=\"{0}\" height=\"{1}\" "
      "href=\"data:image/jpeg;base64,",
      picture.width, picture.height, picture.frame);
  out += sys::Base64Encode(bytes);
  out += "\"/>";
  for (const rules::Zone& zone : info.zones) {
    out += "<polygon class=\"zone\" points=\"";
    for (const rules::Point& corner : zone.corners) {
      out += fmt::format("{:.1f},{:.1f} ", static_cast<double>(corner.x) * picture.width,
                         static_cast<double>(corner.y) * picture.height);
    }
    out += fmt::format("\"><title>{}</title></polygon>", Escape(zone.name));
  }
  for (const Object& object : picture.objects) DrawObject(out, picture, object, min_score);
  out += fmt::format("</svg><figcaption>{} &middot; frame {} &middot; {} object{}", TimeText(picture.media_us),
                     picture.frame, picture.objects.size(), picture.objects.size() == 1 ? "" : "s");
  for (const Firing& firing : picture.firings) {
    out += fmt::format("<span class=\"badge\">{} #{}</span>", Escape(firing.rule), firing.object.track);
  }
  out += "</figcaption></figure>";
}

void Gallery(std::string& out, const RunInfo& info, const Collector& c) {
  const std::vector<const Picture*> pictures = c.Pictures();
  if (pictures.empty()) return;
  out += "<section><h2>Moments</h2><div class=\"gallery\">";
  for (const Picture* picture : pictures) DrawPicture(out, info, *picture, c.options().min_score);
  out +=
      "</div><p class=\"key\">Green: seen with certainty. Grey: a doubtful detection that continues a track. Red: a "
      "rule fired here. Dashed: zones.</p></section>";
}

std::string Ms(int64_t us) { return fmt::format("{:.2f}", static_cast<double>(us) / 1000); }

void Latency(std::string& out, const RunInfo& info) {
  int64_t slowest = 1;
  for (const ElementStats& e : info.elements) slowest = std::max(slowest, e.p50_us);
  out +=
      "<section><h2>Elements</h2><div class=\"scroll\"><table><tr><th>element</th><th "
      "class=\"l\">type</th><th>packets</th><th>drops</th>"
      "<th>p50 ms</th><th>p99 ms</th><th>max ms</th></tr>";
  for (const ElementStats& e : info.elements) {
    out += fmt::format(
        "<tr><td>{}</td><td class=\"l\">{}</td><td>{}</td><td>{}</td><td><span class=\"bar\" "
        "style=\"width:{}px\"></span>{}</td><td>{}</td><td>{}</td></tr>",
        Escape(e.id), Escape(e.type), e.count, e.drops, std::max<int64_t>(1, 120 * e.p50_us / slowest), Ms(e.p50_us),
        Ms(e.p99_us), Ms(e.max_us));
  }
  out += "</table></div></section>";
}

void Firings(std::string& out, const Collector& c) {
  constexpr size_t kShown = 50;
  if (c.firings().empty()) return;
  out +=
      "<section><h2>Rule firings</h2><div class=\"scroll\"><table><tr><th>time</th><th class=\"l\">rule</th><th "
      "class=\"l\">severity</th>"
      "<th class=\"l\">zone</th><th class=\"l\">label</th><th>score</th><th>track</th><th>frame</th></tr>";
  for (size_t i = 0; i < std::min(kShown, c.firings().size()); ++i) {
    const Firing& f = c.firings()[i];
    out += fmt::format(
        "<tr><td>{}</td><td class=\"l\">{}</td><td class=\"l\">{}</td><td class=\"l\">{}</td><td "
        "class=\"l\">{}</td><td>{:.2f}</td><td>{}</td><td>{}</td></tr>",
        TimeText(f.media_us), Escape(f.rule), SeverityName(f.severity), Escape(f.zone), Escape(f.object.label),
        static_cast<double>(f.object.score), f.object.track, f.frame);
  }
  out += "</table></div>";
  if (c.firing_count() > kShown)
    out +=
        fmt::format("<p class=\"key\">The first {} of {}.</p>", std::min(kShown, c.firings().size()), c.firing_count());
  out += "</section>";
}

}  // namespace

std::string RenderHtml(const RunInfo& info, const Collector& collector) {
  std::string out = fmt::format(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{0} {1}</title><style>{2}</style><main><header><h1>{0} &middot; version {1}</h1><p>{3}</p><p>{4} "
      "&middot; {5}</p></header>",
      Escape(info.app), info.version, kStyle, Escape(info.description), Escape(info.source), Escape(info.outcome));
  Tiles(out, info, collector);
  TimeLine(out, collector);
  Gallery(out, info, collector);
  Firings(out, collector);
  Latency(out, info);
  out += "<footer>Written by verge-runner.</footer></main></html>\n";
  return out;
}

}  // namespace verge::runner::report
