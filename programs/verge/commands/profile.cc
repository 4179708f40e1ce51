// verge profile: where a model's time goes, node by node, against what the machine can do.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backend/model_file.h"
#include "kernels/cpu.h"
#include "profile/profile.h"
#include "runtime/session.h"
#include "sys/file/file.h"
#include "sys/threads/thread_pool.h"
#include "verge/command.h"
#include "verge/engine_flags.h"
#include "verge/fill_inputs.h"

namespace verge::cli {
namespace {

struct ProfileFlags {
  std::string model;
  int threads = 1;
  int runs = 20;
  int top = 0;
  bool use_reference = false;
  bool ignore_tuned = false;
  bool as_json = false;
  bool node_by_node = false;
  std::string html;
};

void PrintJson(const profile::Report& report) {
  nlohmann::json nodes = nlohmann::json::array();
  for (const profile::Node& node : report.nodes) {
    nodes.push_back({{"name", node.name},
                     {"op", node.op},
                     {"kernel", node.kernel},
                     {"ms", node.ms},
                     {"macs", node.macs},
                     {"bytes", node.bytes},
                     {"percent_of_peak", profile::PercentOfPeak(node, report.machine)},
                     {"percent_of_bandwidth", profile::PercentOfBandwidth(node, report.machine)},
                     {"output", node.output},
                     {"in_place", node.is_in_place}});
  }
  const profile::Machine& machine = report.machine;
  const nlohmann::json peaks = {{"f32_macs_per_s", machine.f32.per_second},
                                {"f32_isa", machine.f32.isa},
                                {"int8_macs_per_s", machine.int8.per_second},
                                {"int8_isa", machine.int8.isa},
                                {"copy_bytes_per_s", machine.bytes_per_second}};
  std::printf("%s\n", nlohmann::json{{"machine", peaks}, {"nodes", nodes}}.dump(2).c_str());
}

void PrintTable(const profile::Report& report, int top) {
  std::vector<const profile::Node*> rows;
  for (const profile::Node& node : report.nodes) rows.push_back(&node);
  std::ranges::stable_sort(rows, [](const profile::Node* a, const profile::Node* b) { return a->ms > b->ms; });
  if (top > 0 && rows.size() > static_cast<size_t>(top)) rows.resize(static_cast<size_t>(top));
  const double total = profile::TotalMs(report);
  const profile::Machine& machine = report.machine;
  std::printf("peaks: f32 %.1f GMAC/s (%s), 8 bits %.1f GMAC/s (%s), copy %.1f GB/s\n", machine.f32.per_second / 1e9,
              machine.f32.isa, machine.int8.per_second / 1e9, machine.int8.isa, machine.bytes_per_second / 1e9);
  std::printf("%9s %6s %9s %8s %6s %9s %6s  %-32s %-20s %s\n", "ms", "%", "MMAC", "GMAC/s", "%peak", "kB", "%copy",
              "kernel", "output", "node");
  for (const profile::Node* node : rows) {
    std::printf("%9.4f %6.2f %9.3f %8.2f %6.1f %9.1f %6.1f  %-32s %-20s %.60s\n", node->ms,
                total > 0 ? 100 * node->ms / total : 0.0, static_cast<double>(node->macs) / 1e6,
                profile::GmacsPerSecond(*node), profile::PercentOfPeak(*node, machine),
                static_cast<double>(node->bytes) / 1e3, profile::PercentOfBandwidth(*node, machine),
                node->kernel.c_str(), node->output.c_str(), node->name.c_str());
  }
  std::printf("%9.4f ms a run in %s\n", total, top > 0 ? "all nodes" : "these nodes");
}

Status Profile(const ProfileFlags& flags) {
  VERGE_TRY_ASSIGN(const auto pool, sys::ThreadPool::Create(flags.threads));
  runtime::LoadOptions options;
  options.threads = flags.threads;
  options.force_reference = flags.use_reference;
  options.keep_values = flags.node_by_node;
  if (!flags.ignore_tuned) options.chooser = TunedKernels();
  VERGE_TRY_ASSIGN(const backend::OpenedModel opened, backend::OpenModel(flags.model, options));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(opened.model, pool.get()));
  for (size_t i = 0; i < opened.model->inputs().size(); ++i) FillWithNoise(session.input(i));
  const profile::Machine machine = profile::MeasureMachine(kernels::Cpu(), pool.get());
  session.Run();  // the first run also brings pages and caches in
  session.EnableProfile();
  for (int i = 0; i < flags.runs; ++i) session.Run();
  const profile::Report report = profile::Describe(session, machine);
  if (!flags.html.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.html, profile::Html(report)));
  if (flags.as_json) {
    PrintJson(report);
  } else {
    PrintTable(report, flags.top);
  }
  return Status::Ok();
}

}  // namespace

void RegisterProfile(CLI::App& app) {
  CLI::App* command = app.add_subcommand("profile", "Show where a model's time goes, node by node");
  auto flags = std::make_shared<ProfileFlags>();
  command->add_option("MODEL", flags->model, ".vg, .tflite or .onnx")->required();
  command->add_option("--threads", flags->threads, "Threads to run with")->check(CLI::Range(1, 256));
  command->add_option("--runs", flags->runs, "Measured runs")->check(CLI::Range(1, 1000000));
  command->add_option("--top", flags->top, "Show only the slowest so many; 0: all")->check(CLI::Range(0, 1000000));
  command->add_flag("--reference", flags->use_reference, "Use the plain reference kernels");
  command->add_flag("--no-tuned", flags->ignore_tuned, "Choose kernels as if `verge tune` had never run");
  command->add_flag("--node-by-node", flags->node_by_node, "Run no chains of nodes in bands of rows");
  command->add_option("--html", flags->html, "Write a page with the roofline and the times");
  command->add_flag("--json", flags->as_json, "Report as JSON, in the order of the graph");
  OnRun(*command, [flags] { return Profile(*flags); });
}

}  // namespace verge::cli
