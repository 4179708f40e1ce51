#include "compare/words.h"

#include <fmt/format.h>

#include <cmath>

namespace verge::compare {

std::string SqnrText(const Metrics& metrics) {
  if (metrics.is_equal()) return "equal";
  return std::isfinite(metrics.sqnr_db) ? fmt::format("{:.1f}", metrics.sqnr_db) : "-";
}

std::string BoundsText(const Bounds& bounds) {
  std::string text;
  if (bounds.max_relative) text = fmt::format("max error {:g} of the largest value", *bounds.max_relative);
  if (bounds.min_sqnr_db) {
    text += fmt::format("{}SQNR {:g} dB", text.empty() ? "" : " and ", *bounds.min_sqnr_db);
  }
  return text;
}

std::string TypesText(const LayerResult& layer) {
  const std::string first = fmt::format("{} {}", DTypeName(layer.dtype), ToString(layer.shape));
  if (layer.dtype != layer.other_dtype) {
    return fmt::format("{} / {} {}", first, DTypeName(layer.other_dtype), ToString(layer.other_shape));
  }
  return layer.shape == layer.other_shape ? first : first + " / " + ToString(layer.other_shape);
}

const LayerResult* WorstOutput(const Report& report) {
  const LayerResult* worst = nullptr;
  for (const LayerResult& layer : report.layers) {
    if (layer.is_output && (worst == nullptr || layer.metrics.sqnr_db < worst->metrics.sqnr_db)) worst = &layer;
  }
  if (worst == nullptr && !report.layers.empty()) worst = &report.layers.back();
  return worst;
}

}  // namespace verge::compare
