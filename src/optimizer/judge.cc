#include "optimizer/judge.h"

#include <algorithm>
#include <cstdio>

#include "compile/compile.h"

namespace verge::optimizer {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.7g", value);
  return text;
}

std::string_view AsText(const format::AlignedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size()};
}

}  // namespace

Status Judge::Watching(const std::string& stage, size_t done, size_t total) const {
  return settings_.watch ? settings_.watch(stage, done, total) : Status::Ok();
}

size_t Judge::ClosenessSamples() const { return std::min(runner_.samples(), settings_.closeness_samples); }

Result<Measured> Judge::MeasureOriginal(const ir::Graph& graph) {
  VERGE_TRY_ASSIGN(format::AlignedBytes bytes, compile::Lower(graph));
  const auto shared = std::make_shared<const format::AlignedBytes>(std::move(bytes));
  original_digest_ = DigestOf({AsText(*shared)});
  VERGE_TRY(Watching("original: outputs", 0, 1));
  VERGE_TRY_ASSIGN(original_outputs_, RunOutputs(graph, runner_, ClosenessSamples()));
  VERGE_TRY_ASSIGN(Measured measured, MeasureAlone("original", graph, shared));
  if (settings_.evaluation) figure_ = MainFigure(settings_.evaluation->task);
  if (figure_.empty() && !measured.evaluation.figures.empty()) figure_ = measured.evaluation.figures[0].name;
  return measured;
}

Result<Measured> Judge::Measure(const std::string& name, const ir::Graph& graph,
                                const std::shared_ptr<const format::AlignedBytes>& bytes) {
  VERGE_TRY_ASSIGN(Measured measured, MeasureAlone(name, graph, bytes));
  if (original_outputs_.empty()) return measured;
  VERGE_TRY(Watching(name + ": agreement", 0, 1));
  VERGE_TRY_ASSIGN(const SampleOutputs outputs, RunOutputs(graph, runner_, ClosenessSamples()));
  measured.closeness = optimizer::Compare(outputs, original_outputs_);
  return measured;
}

Result<Measured> Judge::MeasureAlone(const std::string& name, const ir::Graph& graph,
                                     const std::shared_ptr<const format::AlignedBytes>& bytes) {
  Measured measured;
  measured.file_bytes = bytes->bytes().size();
  measured.weight_bytes = WeightBytesOf(graph);
  const opt::GraphSize size = opt::SizeOf(graph);
  measured.macs = size.macs;
  measured.nodes = size.nodes;
  VERGE_TRY_ASSIGN(const auto model, LoadBytes(bytes, 1));
  VERGE_TRY(MeasureLatency(model, measured));
  if (settings_.evaluation) VERGE_TRY(MeasureFigures(name, DigestOf({AsText(*bytes)}), model, measured));
  return measured;
}

// In turns with the original, whose own time is that of the first measurement.
Status Judge::MeasureLatency(const std::shared_ptr<const runtime::Model>& model, Measured& measured) {
  if (settings_.latency_runs <= 0) return Status::Ok();
  if (original_ == nullptr) original_ = model;
  VERGE_TRY_ASSIGN(const std::vector<double> medians, MedianLatencies({original_, model}, settings_.latency_runs));
  measured.latency_ms = medians[1];
  return Status::Ok();
}

Status Judge::MeasureFigures(const std::string& name, const std::string& digest,
                             const std::shared_ptr<const runtime::Model>& model, Measured& measured) {
  const std::string key = "figures/" + settings_.evaluation->name + "/" + digest;
  if (const std::string* known = memo_.Find(key); known != nullptr) {
    measured.evaluation = MeasurementFromText(*known);
    if (!measured.evaluation.figures.empty()) return Status::Ok();
  }
  eval::EvaluateOptions options;
  options.open = settings_.open;
  options.threads = settings_.threads;
  Status stopped;
  options.progress = [&](size_t done, size_t total) {
    if (stopped.ok()) stopped = Watching(name + ": evaluation", done, total);
  };
  VERGE_TRY_ASSIGN(measured.evaluation, Evaluate(*settings_.evaluation, model, options));
  VERGE_TRY(std::move(stopped));
  return memo_.Store(key, MeasurementToText(measured.evaluation));
}

void Judge::Compare(const Measured& original, Trial& trial) const {
  const Measured& m = trial.measured;
  const std::string name = figure();
  const eval::Figure* const before = FindFigure(original.evaluation.figures, name);
  const eval::Figure* const after = FindFigure(m.evaluation.figures, name);
  if (before != nullptr && after != nullptr) {
    trial.drop = before->value - after->value;
    trial.paired = Pair(original.evaluation, m.evaluation);
  }
  const Budget& budget = settings_.budget;
  const auto miss = [&](const std::string& what, double got, const char* limit, double wanted) {
    trial.misses.push_back(what + " is " + Number(got) + ", " + limit + " " + Number(wanted));
  };
  if (budget.max_drop && trial.drop && !(*trial.drop <= *budget.max_drop)) {
    miss("the drop of " + name + " in points", 100 * *trial.drop, "not at most", 100 * *budget.max_drop);
  }
  if (budget.min_sqnr_db && m.closeness && !(m.closeness->sqnr_db >= *budget.min_sqnr_db)) {
    miss("SQNR in dB", m.closeness->sqnr_db, "not at least", *budget.min_sqnr_db);
  }
  if (budget.max_bytes && m.file_bytes > *budget.max_bytes) {
    miss("the file in bytes", static_cast<double>(m.file_bytes), "not at most", static_cast<double>(*budget.max_bytes));
  }
  if (budget.max_latency_ms && m.latency_ms && !(*m.latency_ms <= *budget.max_latency_ms)) {
    miss("the median run in ms", *m.latency_ms, "not at most", *budget.max_latency_ms);
  }
}

}  // namespace verge::optimizer
