#include "compare/compare.h"

#include <algorithm>

#include "compare/match.h"
#include "compare/tracer.h"

namespace verge::compare {
namespace {

constexpr double kFloatBound = 1e-3;
constexpr double kQuantisedSqnrDb = 20;

Bounds BoundsFor(const Bounds& given, const Capture& a, const Capture& b) {
  if (given.max_relative || given.min_sqnr_db) return given;
  const auto is_quantised = [](const Layer& layer) { return layer.numbers.is_quantised(); };
  if (std::ranges::any_of(a.layers, is_quantised) || std::ranges::any_of(b.layers, is_quantised)) {
    return {.min_sqnr_db = kQuantisedSqnrDb};
  }
  return {.max_relative = kFloatBound};
}

bool Exceeds(const Metrics& metrics, const Bounds& bounds) {
  if (bounds.max_relative && !(metrics.max_relative <= *bounds.max_relative)) return true;
  return bounds.min_sqnr_db && !(metrics.sqnr_db >= *bounds.min_sqnr_db);
}

// Of several ways in which the elements can correspond (all dimensions of one size), the one that they follow.
LayerResult CompareLayers(const Layer& a, const Layer& b) {
  LayerResult result{a.name,
                     b.name,
                     a.op,
                     b.op,
                     a.numbers.shape,
                     b.numbers.shape,
                     a.numbers.dtype,
                     b.numbers.dtype,
                     Layout::kSame,
                     false,
                     a.is_output,
                     false,
                     {}};
  const std::vector<double> real = a.numbers.Real();
  bool is_first = true;
  for (const Layout layout : PossibleLayouts(a.numbers.shape, b.numbers.shape)) {
    const Metrics metrics = Measure(real, InOrderOf(layout, b.numbers.shape, b.numbers.Real()));
    if (is_first || metrics.sqnr_db > result.metrics.sqnr_db) {
      result.layout = layout;
      result.metrics = metrics;
    }
    is_first = false;
  }
  return result;
}

void ListUnmatched(const Capture& a, const Capture& b, const std::vector<Pair>& pairs, Report& report) {
  std::vector<bool> has_a(a.layers.size()), has_b(b.layers.size());
  for (const Pair& pair : pairs) {
    has_a[pair.a] = true;
    has_b[pair.b] = true;
  }
  for (size_t i = 0; i < has_a.size(); ++i) {
    if (!has_a[i]) report.only.push_back(a.layers[i].name);
  }
  for (size_t i = 0; i < has_b.size(); ++i) {
    if (!has_b[i]) report.only_other.push_back(b.layers[i].name);
  }
}

}  // namespace

Result<Report> CompareCaptures(const Capture& a, const Capture& b, const Bounds& bounds) {
  Report report;
  report.label = a.label;
  report.other_label = b.label;
  report.bounds = BoundsFor(bounds, a, b);
  report.bounds_are_given = bounds.max_relative || bounds.min_sqnr_db;
  const std::vector<Pair> pairs = Match(a.layers, b.layers);
  if (pairs.empty()) {
    return VERGE_ERROR(kInvalidArgument, a.label + " and " + b.label +
                                             " have no layer in common: no names and no shapes that correspond");
  }
  for (const Pair& pair : pairs) {
    LayerResult result = CompareLayers(a.layers[pair.a], b.layers[pair.b]);
    result.is_by_name = pair.is_by_name;
    result.exceeds = Exceeds(result.metrics, report.bounds);
    if (result.exceeds && !report.first_exceeding) report.first_exceeding = report.layers.size();
    report.layers.push_back(std::move(result));
  }
  ListUnmatched(a, b, pairs, report);
  return report;
}

Result<Report> Compare(const Version& a, const Version& b, const Options& options) {
  VERGE_TRY_ASSIGN(const std::unique_ptr<Tracer> first, OpenTracer(a.path, a.options));
  VERGE_TRY_ASSIGN(const std::unique_ptr<Tracer> second, OpenTracer(b.path, b.options));
  VERGE_TRY(FillInputs(options.inputs, first->session(), second->session()));
  Capture capture, other;
  capture.label = a.label.empty() ? a.path : a.label;
  other.label = b.label.empty() ? b.path : b.label;
  VERGE_TRY_ASSIGN(capture.layers, first->Trace());
  VERGE_TRY_ASSIGN(other.layers, second->Trace());
  VERGE_TRY_ASSIGN(Report report, CompareCaptures(capture, other, options.bounds));
  report.seed = options.inputs.seed;
  return report;
}

}  // namespace verge::compare
