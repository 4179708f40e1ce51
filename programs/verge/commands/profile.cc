// verge profile: where a model's time goes, node by node.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "backend/model_file.h"
#include "runtime/session.h"
#include "sys/threads/thread_pool.h"
#include "verge/command.h"
#include "verge/fill_inputs.h"

namespace verge::cli {
namespace {

struct ProfileFlags {
  std::string model;
  int threads = 1;
  int runs = 20;
  int top = 0;
  bool use_reference = false;
  bool as_json = false;
};

struct Row {
  const runtime::PreparedNode* node = nullptr;
  std::string output_shape;
  double ms = 0;
};

std::vector<Row> Rows(const runtime::Session& session) {
  std::vector<Row> rows;
  const runtime::Model& model = session.model();
  for (size_t i = 0; i < model.nodes().size(); ++i) {
    const uint32_t output = model.tables().nodes[i].outputs[0];
    const double ms = static_cast<double>(session.profile_ns()[i]) / 1e6 / static_cast<double>(session.profiled_runs());
    rows.push_back({&model.nodes()[i], ToString(model.tables().values[output].type.shape), ms});
  }
  return rows;
}

double GmacsPerSecond(const Row& row) { return row.ms > 0 ? static_cast<double>(row.node->macs) / row.ms / 1e6 : 0; }

void PrintJson(const std::vector<Row>& rows) {
  nlohmann::json nodes = nlohmann::json::array();
  for (const Row& row : rows) {
    nodes.push_back({{"name", row.node->name},
                     {"op", ops::GetOp(row.node->op).name},
                     {"kernel", row.node->kernel->name},
                     {"ms", row.ms},
                     {"macs", row.node->macs},
                     {"output", row.output_shape},
                     {"in_place", row.node->is_in_place}});
  }
  std::printf("%s\n", nlohmann::json{{"nodes", nodes}}.dump(2).c_str());
}

void PrintTable(std::vector<Row> rows, int top) {
  const double total =
      std::accumulate(rows.begin(), rows.end(), 0.0, [](double sum, const Row& row) { return sum + row.ms; });
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.ms > b.ms; });
  if (top > 0 && rows.size() > static_cast<size_t>(top)) rows.resize(static_cast<size_t>(top));
  std::printf("%9s %6s %9s %8s  %-32s %-20s %s\n", "ms", "%", "MMAC", "GMAC/s", "kernel", "output", "node");
  for (const Row& row : rows) {
    std::printf("%9.4f %6.2f %9.3f %8.2f  %-32s %-20s %.*s\n", row.ms, total > 0 ? 100 * row.ms / total : 0.0,
                static_cast<double>(row.node->macs) / 1e6, GmacsPerSecond(row), row.node->kernel->name,
                row.output_shape.c_str(), static_cast<int>(std::min<size_t>(row.node->name.size(), 60)),
                row.node->name.data());
  }
  std::printf("%9.4f ms a run in %s\n", total, top > 0 ? "all nodes" : "these nodes");
}

Status Profile(const ProfileFlags& flags) {
  VERGE_TRY_ASSIGN(const auto pool, sys::ThreadPool::Create(flags.threads));
  runtime::LoadOptions options;
  options.threads = flags.threads;
  options.force_reference = flags.use_reference;
  VERGE_TRY_ASSIGN(const backend::OpenedModel opened, backend::OpenModel(flags.model, options));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(opened.model, pool.get()));
  for (size_t i = 0; i < opened.model->inputs().size(); ++i) FillWithNoise(session.input(i));
  session.Run();  // the first run also brings pages and caches in
  session.EnableProfile();
  for (int i = 0; i < flags.runs; ++i) session.Run();
  if (flags.as_json) {
    PrintJson(Rows(session));
  } else {
    PrintTable(Rows(session), flags.top);
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
  command->add_flag("--json", flags->as_json, "Report as JSON, in the order of the graph");
  OnRun(*command, [flags] { return Profile(*flags); });
}

}  // namespace verge::cli
