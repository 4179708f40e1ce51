// verge bench: how fast a model loads and runs on this machine, and how much memory it takes.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "runtime/session.h"
#include "sys/threads/thread_pool.h"
#include "verge/command.h"
#include "verge/fill_inputs.h"
#include "verge/model_file.h"

namespace verge::cli {
namespace {

struct BenchFlags {
  std::string model;
  int threads = 1;
  int runs = 50;
  int warmup = 3;
  bool use_reference = false;
  bool as_json = false;
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

nlohmann::json Describe(const BenchFlags& flags, const OpenedModel& opened, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  const runtime::Model& model = *opened.model;
  const double median = Percentile(times, 50);
  return {{"model", flags.model},
          {"threads", flags.threads},
          {"runs", flags.runs},
          {"min_ms", times.front()},
          {"median_ms", median},
          {"p95_ms", Percentile(times, 95)},
          {"p99_ms", Percentile(times, 99)},
          {"macs", model.macs()},
          {"gmacs_per_s", static_cast<double>(model.macs()) / median / 1e6},
          {"nodes", model.nodes().size()},
          {"file_bytes", opened.file_bytes},
          {"arena_bytes", model.arena_bytes()},
          {"arena_lower_bound_bytes", model.arena_lower_bound_bytes()},
          {"packed_bytes", model.packed_bytes()},
          {"peak_rss_bytes", PeakResidentBytes()}};
}

void PrintTable(const nlohmann::json& r) {
  const auto number = [&](const char* key) { return r[key].get<double>(); };
  std::printf("%s, %d thread(s), %d runs\n", r["model"].get<std::string>().c_str(), r["threads"].get<int>(),
              r["runs"].get<int>());
  std::printf("  run     min %.3f  median %.3f  p95 %.3f  p99 %.3f ms   (%.2f GMAC/s)\n", number("min_ms"),
              number("median_ms"), number("p95_ms"), number("p99_ms"), number("gmacs_per_s"));
  std::printf("  load    %.2f ms, first run %.2f ms\n", number("load_ms"), number("first_run_ms"));
  std::printf("  memory  arena %.2f MiB, packed weights %.2f MiB, peak resident %.1f MiB\n",
              number("arena_bytes") / 1048576, number("packed_bytes") / 1048576, number("peak_rss_bytes") / 1048576);
}

Status Bench(const BenchFlags& flags) {
  VERGE_TRY_ASSIGN(const auto pool, sys::ThreadPool::Create(flags.threads));
  runtime::LoadOptions options;
  options.threads = flags.threads;
  options.force_reference = flags.use_reference;
  const Clock::time_point load_start = Clock::now();
  VERGE_TRY_ASSIGN(const OpenedModel opened, OpenModel(flags.model, options));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(opened.model, pool.get()));
  const double load_ms = MillisSince(load_start);
  FillWithNoise(session);
  const Clock::time_point first_start = Clock::now();
  session.Run();
  const double first_run_ms = MillisSince(first_start);
  for (int i = 0; i < flags.warmup; ++i) session.Run();
  std::vector<double> times(static_cast<size_t>(flags.runs));
  for (double& time : times) {
    const Clock::time_point start = Clock::now();
    session.Run();
    time = MillisSince(start);
  }
  nlohmann::json report = Describe(flags, opened, std::move(times));
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
  command->add_option("MODEL", flags->model, ".vg or .tflite")->required();
  command->add_option("--threads", flags->threads, "Threads to run with")->check(CLI::Range(1, 256));
  command->add_option("--runs", flags->runs, "Measured runs")->check(CLI::Range(1, 1000000));
  command->add_option("--warmup", flags->warmup, "Runs before measuring")->check(CLI::Range(0, 1000000));
  command->add_flag("--reference", flags->use_reference, "Use the plain reference kernels");
  command->add_flag("--json", flags->as_json, "Report as JSON");
  OnRun(*command, [flags] { return Bench(*flags); });
}

}  // namespace verge::cli
