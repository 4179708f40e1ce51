// verge bench: how fast a model loads and runs on this machine, and how much memory it takes.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "backend/verge_session.h"
#include "verge/command.h"
#include "verge/engine_flags.h"
#include "verge/fill_inputs.h"

namespace verge::cli {
namespace {

struct BenchFlags {
  std::string model;
  EngineFlags engine;
  int runs = 50;
  int warmup = 3;
  bool as_json = false;
  bool node_by_node = false;
};

using Clock = std::chrono::steady_clock;

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Nearest rank: the smallest time that at least `percent` of the runs do not exceed.
double Percentile(const std::vector<double>& sorted, double percent) {
  const auto rank = static_cast<size_t>(std::ceil(percent / 100.0 * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

size_t PeakResidentBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<size_t>(usage.ru_maxrss) * 1024;  // Linux counts KiB
}

nlohmann::json Describe(const BenchFlags& flags, const backend::EngineSession& session, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return {{"model", flags.model},
          {"engine", session.engine()},
          {"threads", flags.engine.threads},
          {"runs", flags.runs},
          {"min_ms", times.front()},
          {"median_ms", Percentile(times, 50)},
          {"p95_ms", Percentile(times, 95)},
          {"p99_ms", Percentile(times, 99)},
          {"peak_rss_bytes", PeakResidentBytes()}};
}

// What only Verge's own engine tells.
void DescribeModel(const backend::OpenedModel& opened, nlohmann::json& report) {
  const runtime::Model& model = *opened.model;
  report["macs"] = model.macs();
  report["gmacs_per_s"] = static_cast<double>(model.macs()) / report["median_ms"].get<double>() / 1e6;
  report["nodes"] = model.nodes().size();
  report["file_bytes"] = opened.file_bytes;
  report["arena_bytes"] = model.arena_bytes();
  report["arena_lower_bound_bytes"] = model.arena_lower_bound_bytes();
  report["packed_bytes"] = model.packed_bytes();
}

void PrintTable(const nlohmann::json& r) {
  const auto number = [&](const char* key) { return r[key].get<double>(); };
  std::printf("%s, %s, %d thread(s), %d runs\n", r["model"].get<std::string>().c_str(),
              r["engine"].get<std::string>().c_str(), r["threads"].get<int>(), r["runs"].get<int>());
  std::printf("  run     min %.3f  median %.3f  p95 %.3f  p99 %.3f ms", number("min_ms"), number("median_ms"),
              number("p95_ms"), number("p99_ms"));
  const bool is_ours = r.contains("macs");
  if (is_ours) std::printf("   (%.2f GMAC/s)", number("gmacs_per_s"));
  std::printf("\n  load    %.2f ms, first run %.2f ms\n  memory  ", number("load_ms"), number("first_run_ms"));
  if (is_ours) {
    std::printf("arena %.2f MiB, packed weights %.2f MiB, ", number("arena_bytes") / 1048576,
                number("packed_bytes") / 1048576);
  }
  std::printf("peak resident %.1f MiB\n", number("peak_rss_bytes") / 1048576);
}

Status Bench(const BenchFlags& flags) {
  VERGE_TRY_ASSIGN(backend::OpenOptions options, ReadEngineFlags(flags.engine));
  options.keep_values = flags.node_by_node;
  const Clock::time_point load_start = Clock::now();
  VERGE_TRY_ASSIGN(const auto session, backend::Open(flags.model, options));
  const double load_ms = MillisSince(load_start);
  for (const backend::Port& port : session->inputs()) FillWithNoise(port.tensor);
  const Clock::time_point first_start = Clock::now();
  VERGE_TRY(session->Run());
  const double first_run_ms = MillisSince(first_start);
  for (int i = 0; i < flags.warmup; ++i) VERGE_TRY(session->Run());
  std::vector<double> times(static_cast<size_t>(flags.runs));
  for (double& time : times) {
    const Clock::time_point start = Clock::now();
    VERGE_TRY(session->Run());
    time = MillisSince(start);
  }
  nlohmann::json report = Describe(flags, *session, std::move(times));
  const auto* const ours = dynamic_cast<const backend::VergeSession*>(session.get());
  if (ours != nullptr) DescribeModel(ours->opened(), report);
  report["load_ms"] = load_ms;
  report["first_run_ms"] = first_run_ms;
  if (flags.as_json) {
    std::printf("%s\n", report.dump(2).c_str());
  } else {
    PrintTable(report);
  }
  return Status::Ok();
}

}  // namespace

void RegisterBench(CLI::App& app) {
  CLI::App* command = app.add_subcommand("bench", "Measure a model's load and run times and its memory");
  auto flags = std::make_shared<BenchFlags>();
  command->add_option("MODEL", flags->model, ".vg, .tflite or .onnx")->required();
  AddEngineFlags(*command, flags->engine);
  command->add_option("--runs", flags->runs, "Measured runs")->check(CLI::Range(1, 1000000));
  command->add_option("--warmup", flags->warmup, "Runs before measuring")->check(CLI::Range(0, 1000000));
  command->add_flag("--node-by-node", flags->node_by_node, "Verge: run no chains of nodes in bands of rows");
  command->add_flag("--json", flags->as_json, "Report as JSON");
  OnRun(*command, [flags] { return Bench(*flags); });
}

}  // namespace verge::cli
