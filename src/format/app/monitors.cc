#include "format/app/monitors.h"

#include <utility>

namespace verge::app {
namespace {

using yaml::Fields;
using yaml::Kind;
using yaml::Node;

constexpr size_t kMaxMonitors = 32;

Result<std::vector<double>> Numbers(Fields& fields, std::string_view name, size_t min, size_t max) {
  std::vector<double> out;
  const Node* node = fields.Child(name);
  if (node == nullptr) return out;
  if (node->kind != Kind::kList || node->items.size() < min || node->items.size() > max) {
    return fields.Expected(
        name, "a list of " + std::to_string(min) + (min == max ? "" : " to " + std::to_string(max)) + " numbers");
  }
  for (const Node& item : node->items) {
    VERGE_TRY_ASSIGN(const double value, yaml::NumberOf(fields.document(), item, fields.PathOf(name), {}));
    out.push_back(value);
  }
  return out;
}

Result<std::optional<double>> Limit(Fields& fields, std::string_view name) {
  std::optional<double> out;
  if (fields.Child(name) != nullptr) {
    VERGE_TRY_ASSIGN(out, fields.Number(name, {.min = 0, .max = 1e6}));
  }
  return out;
}

Status ReadSignal(Fields& fields, const App& app, Monitor& monitor) {
  VERGE_TRY_ASSIGN(const std::string signal, fields.Choice("signal", {"input", "output", "score", "events"}));
  if (signal == "score") {
    monitor.signal = Signal::kScore;
    VERGE_TRY_ASSIGN(monitor.label, fields.String("label", ""));
    return Status::Ok();
  }
  if (signal == "events") {
    monitor.signal = Signal::kEvents;
    VERGE_TRY_ASSIGN(monitor.interval_us, fields.DurationUs("interval", 60'000'000));
    if (monitor.interval_us < 100'000) return fields.Expected("interval", "a duration of at least 100ms");
    return Status::Ok();
  }
  monitor.signal = signal == "input" ? Signal::kInput : Signal::kOutput;
  VERGE_TRY_ASSIGN(monitor.model, fields.String("model"));
  if (app.FindModel(monitor.model) == nullptr) return fields.Expected("model", "the name of a model under 'models'");
  VERGE_TRY_ASSIGN(monitor.tensor, fields.String("tensor"));
  VERGE_TRY_ASSIGN(const std::string statistic,
                   fields.Choice("statistic", {"mean", "deviation", "least", "most", "norm"}, "mean"));
  monitor.statistic = statistic == "mean"        ? Statistic::kMean
                      : statistic == "deviation" ? Statistic::kDeviation
                      : statistic == "least"     ? Statistic::kLeast
                      : statistic == "most"      ? Statistic::kMost
                                                 : Statistic::kNorm;
  return Status::Ok();
}

Status ReadChange(Fields& parent, drift::MonitorSpec& spec) {
  const Node* node = parent.Child("change");
  if (node == nullptr) return Status::Ok();
  VERGE_TRY_ASSIGN(Fields fields, Fields::Of(parent.document(), *node, parent.PathOf("change")));
  VERGE_TRY_ASSIGN(const std::string test, fields.Choice("test", {"adwin", "page-hinkley", "ddm"}));
  if (test == "adwin") {
    spec.change = drift::ChangeTest::kAdwin;
    VERGE_TRY_ASSIGN(spec.delta, fields.Number("delta", {.min = 1e-9, .max = 0.5}, 0.002));
    VERGE_TRY_ASSIGN(const std::vector<double> range, Numbers(fields, "range", 2, 2));
    if (!range.empty()) {
      spec.low = range[0];
      spec.high = range[1];
    }
  } else if (test == "page-hinkley") {
    spec.change = drift::ChangeTest::kPageHinkley;
    VERGE_TRY_ASSIGN(spec.delta, fields.Number("delta", {.min = 0, .max = 1e9}));
    VERGE_TRY_ASSIGN(spec.lambda, fields.Number("lambda", {.min = 1e-9, .max = 1e12}));
  } else {
    spec.change = drift::ChangeTest::kDdm;
    VERGE_TRY_ASSIGN(spec.error_below, fields.Number("error_below", {}));
  }
  return fields.Done();
}

Status ReadLimits(Fields& fields, drift::MonitorSpec& spec) {
  VERGE_TRY_ASSIGN(const int64_t window, fields.Int("window", {.min = 1, .max = 1'000'000}, 200));
  spec.window = static_cast<uint64_t>(window);
  drift::Reference reference;
  VERGE_TRY_ASSIGN(reference.edges, Numbers(fields, "edges", 1, drift::kMaxEdges));
  VERGE_TRY_ASSIGN(reference.shares, Numbers(fields, "shares", 2, drift::kMaxEdges + 1));
  if (!reference.edges.empty() || !reference.shares.empty()) {
    if (Status checked = drift::CheckReference(reference); !checked.ok()) {
      return std::move(checked).WithContext(fields.PlaceOf("edges"));
    }
    spec.reference = std::move(reference);
  }
  VERGE_TRY_ASSIGN(spec.psi, Limit(fields, "psi"));
  VERGE_TRY_ASSIGN(spec.ks, Limit(fields, "ks"));
  VERGE_TRY_ASSIGN(const std::vector<double> mean, Numbers(fields, "mean", 2, 2));
  if (!mean.empty()) {
    if (mean[0] > mean[1]) return fields.Expected("mean", "two numbers, the least and the greatest mean");
    spec.least_mean = mean[0];
    spec.most_mean = mean[1];
  }
  return Status::Ok();
}

Result<Monitor> ReadMonitor(Fields fields, const App& app) {
  Monitor monitor;
  VERGE_TRY(ReadSignal(fields, app, monitor));
  VERGE_TRY(ReadLimits(fields, monitor.spec));
  VERGE_TRY(ReadChange(fields, monitor.spec));
  VERGE_TRY_ASSIGN(monitor.is_gate, fields.Bool("gate", false));
  if (Status checked = drift::CheckMonitorSpec(monitor.spec); !checked.ok()) {
    return std::move(checked).WithContext(fields.PlaceOf("signal"));
  }
  VERGE_TRY(fields.Done());
  return monitor;
}

}  // namespace

Status ReadMonitors(Fields& top, App& app) {
  const Node* node = top.Child("monitors");
  if (node == nullptr) return Status::Ok();
  if (node->kind != Kind::kMap || node->fields.empty() || node->fields.size() > kMaxMonitors) {
    return top.Expected("monitors", "a map of 1 to " + std::to_string(kMaxMonitors) + " monitors");
  }
  for (const auto& [name, child] : node->fields) {
    const std::string path = "monitors." + name;
    if (!IsName(name)) {
      return top.document().Error(
          child, path + ": expected a name of lower-case letters, digits and '-', got \"" + name + "\"");
    }
    VERGE_TRY_ASSIGN(Fields fields, Fields::Of(top.document(), child.line != 0 ? child : *node, path));
    VERGE_TRY_ASSIGN(Monitor monitor, ReadMonitor(std::move(fields), app));
    monitor.name = name;
    app.monitors.push_back(std::move(monitor));
  }
  return Status::Ok();
}

}  // namespace verge::app
