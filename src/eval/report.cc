#include "eval/report.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace verge::eval {
namespace {

// Shares read best as per cent; these are none.
bool IsShare(const std::string& name) {
  return name != "sqnr_db" && name != "relative_error" && name != "steps" && name != "cosine" && name != "distance";
}

std::string Formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

nlohmann::json Number(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr); }

nlohmann::json Describe(const Report& report) {
  nlohmann::json figures = nlohmann::json::object();
  for (const Figure& figure : report.figures) {
    nlohmann::json& out = figures[figure.name];
    out["value"] = Number(figure.value);
    if (std::isinf(figure.value)) out["exact"] = true;
    if (figure.interval) out["lo"] = Number(figure.interval->lo), out["hi"] = Number(figure.interval->hi);
  }
  const Spec& spec = report.spec;
  nlohmann::json row = {{"name", spec.name},
                        {"model", spec.model},
                        {"task", TaskName(spec.task)},
                        {"items", report.items},
                        {"whole", report.is_whole},
                        {"verdict", VerdictName(report.verdict)},
                        {"figures", std::move(figures)}};
  if (!report.message.empty()) row["message"] = report.message;
  if (!spec.note.empty()) row["note"] = spec.note;
  if (!spec.published.empty()) row["published"] = spec.published;
  if (!spec.reference.empty()) row["reference"] = spec.reference;
  return row;
}

}  // namespace

std::string Text(const Figure& figure) {
  if (std::isnan(figure.value)) return "-";
  if (figure.name == "sqnr_db") return std::isinf(figure.value) ? "no error" : Formatted("%.1f dB", figure.value);
  if (!IsShare(figure.name)) return Formatted("%.4g", figure.value);
  std::string text = Formatted("%.1f %%", 100 * figure.value);
  if (!figure.interval) return text;
  return text + Formatted(" (%.1f", 100 * figure.interval->lo) + Formatted(" .. %.1f)", 100 * figure.interval->hi);
}

std::string ToJson(std::span<const Report> reports) {
  int counts[3] = {};
  nlohmann::json rows = nlohmann::json::array();
  for (const Report& report : reports) {
    ++counts[static_cast<size_t>(report.verdict)];
    rows.push_back(Describe(report));
  }
  const nlohmann::json json = {
      {"passed", counts[0]}, {"failed", counts[1]}, {"pending", counts[2]}, {"evaluations", std::move(rows)}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace verge::eval
