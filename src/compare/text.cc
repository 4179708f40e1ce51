// The report on a terminal, and as JSON.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "compare/compare.h"
#include "compare/words.h"

namespace verge::compare {
namespace {

std::string Cut(const std::string& text, size_t length) {
  return text.size() <= length ? text : ".." + text.substr(text.size() - length + 2);
}

nlohmann::json Finite(double v) { return std::isfinite(v) ? nlohmann::json(v) : nlohmann::json(nullptr); }

nlohmann::json DimsOf(const Shape& shape) { return std::vector<int64_t>(shape.dims().begin(), shape.dims().end()); }

nlohmann::json LayerJson(const LayerResult& layer) {
  static constexpr const char* kLayouts[] = {"same", "channels_first", "channels_last"};
  const Metrics& m = layer.metrics;
  return {{"name", layer.name},
          {"b_name", layer.other_name},
          {"op", layer.op},
          {"b_op", layer.other_op},
          {"shape", DimsOf(layer.shape)},
          {"b_shape", DimsOf(layer.other_shape)},
          {"dtype", DTypeName(layer.dtype)},
          {"b_dtype", DTypeName(layer.other_dtype)},
          {"layout", kLayouts[static_cast<size_t>(layer.layout)]},
          {"matched_by", layer.is_by_name ? "name" : "order"},
          {"is_output", layer.is_output},
          {"exceeds", layer.exceeds},
          {"equal", m.is_equal()},
          {"sqnr_db", Finite(m.sqnr_db)},
          {"max_error", Finite(m.max_error)},
          {"max_relative", Finite(m.max_relative)},
          {"largest", m.largest},
          {"cosine", m.cosine},
          {"worst", {{"index", m.worst}, {"a", Finite(m.a_at_worst)}, {"b", Finite(m.b_at_worst)}}}};
}

}  // namespace

std::string ToText(const Report& report) {
  std::string out = fmt::format("A  {}\nB  {}\n", report.label, report.other_label);
  out += fmt::format("{:>8} {:>11} {:>11} {:>9}    {:<16} {:<30} {}\n", "SQNR dB", "max error", "of largest", "cosine",
                     "op", "type", "layer");
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerResult& layer = report.layers[i];
    const Metrics& m = layer.metrics;
    const char* const mark = report.first_exceeding == i ? ">>" : layer.exceeds ? " !" : "  ";
    out += fmt::format("{:>8} {:>11.3g} {:>11.3g} {:>9.6f} {} {:<16} {:<30} {}{}{}\n", SqnrText(m), m.max_error,
                       m.max_relative, m.cosine, mark, Cut(layer.op, 16), TypesText(layer), Cut(layer.name, 60),
                       layer.is_by_name ? "" : " ~ " + Cut(layer.other_name, 40), layer.is_output ? " (output)" : "");
  }
  out += fmt::format("{} layers compared; {} only in A, {} only in B (~: found by order, not by name)\n",
                     report.layers.size(), report.only.size(), report.only_other.size());
  if (report.first_exceeding) {
    const LayerResult& first = report.layers[*report.first_exceeding];
    out +=
        fmt::format("first layer outside the bound ({}): {} ({})\n", BoundsText(report.bounds), first.name, first.op);
  } else {
    out += fmt::format("no layer is outside the bound ({})\n", BoundsText(report.bounds));
  }
  return out;
}

std::string ToJson(const Report& report) {
  nlohmann::json json = {{"a", report.label}, {"b", report.other_label}, {"seed", report.seed}};
  json["bounds"] = nlohmann::json::object();
  if (report.bounds.max_relative) json["bounds"]["max_relative"] = *report.bounds.max_relative;
  if (report.bounds.min_sqnr_db) json["bounds"]["min_sqnr_db"] = *report.bounds.min_sqnr_db;
  json["first_exceeding"] = nullptr;
  if (report.first_exceeding) json["first_exceeding"] = report.layers[*report.first_exceeding].name;
  json["layers"] = nlohmann::json::array();
  for (const LayerResult& layer : report.layers) json["layers"].push_back(LayerJson(layer));
  json["only_a"] = report.only;
  json["only_b"] = report.only_other;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace verge::compare
