// verge eval: how right a model is on data with labels.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <thread>

#include "backend/model_file.h"
#include "eval/evaluate.h"
#include "eval/report.h"
#include "sys/file/file.h"
#include "verge/command.h"
#include "verge/eval_flags.h"
#include "verge/fleet/table.h"
#include "verge/progress.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxSpecBytes = 1 << 20;

struct EvalFlags {
  std::string model;
  std::string task;
  std::string data;
  std::string all;
  std::vector<std::string> params;
  std::string output;
  int threads = 0;
  size_t limit = 0;
  bool as_json = false;
};

std::string Required(const eval::Spec& spec) {
  std::string text;
  for (const eval::Requirement& r : spec.requirements) {
    if (!text.empty()) text += ", ";
    if (std::isfinite(r.min)) text += ">= " + eval::Text({r.figure, r.min, std::nullopt});
    if (std::isfinite(r.max))
      text += std::string(std::isfinite(r.min) ? " and " : "") + "<= " + eval::Text({r.figure, r.max, std::nullopt});
    text += " " + r.figure;
  }
  return text.empty() ? "-" : text;
}

void Print(const std::vector<eval::Report>& reports) {
  constexpr size_t kShown = 3;  // figures a row; the JSON has all of them
  Table table({"EVALUATION", "TASK", "ITEMS", "FIGURES", "REQUIRED", "VERDICT"});
  for (const eval::Report& report : reports) {
    std::string figures;
    for (size_t i = 0; i < std::min(kShown, report.figures.size()); ++i) {
      figures += (i == 0 ? "" : ", ") + report.figures[i].name + " " + eval::Text(report.figures[i]);
    }
    table.Add({report.spec.name, eval::TaskName(report.spec.task), std::to_string(report.items),
               figures.empty() ? "-" : figures, Required(report.spec),
               report.is_whole ? eval::VerdictName(report.verdict) : "a part only"});
  }
  table.Print();
  size_t counts[3] = {};
  for (const eval::Report& report : reports) {
    ++counts[static_cast<size_t>(report.verdict)];
    if (!report.message.empty()) {
      std::printf("%s %s: %s\n", eval::VerdictName(report.verdict), report.spec.name.c_str(), report.message.c_str());
    }
  }
  std::printf("%zu passed, %zu failed, %zu pending\n", counts[0], counts[1], counts[2]);
}

// The specifications: one, or every .yaml of a folder.
Result<std::vector<eval::Spec>> ReadSpecs(const EvalFlags& flags) {
  std::vector<std::string> paths = {flags.data};
  if (!flags.all.empty()) {
    paths.clear();
    VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(flags.all));
    for (const std::string& name : names) {
      if (name.ends_with(".yaml")) paths.push_back(sys::JoinPath(flags.all, name));
    }
    if (paths.empty()) return VERGE_ERROR(kNotFound, flags.all + ": no .yaml file in it");
  }
  VERGE_TRY_ASSIGN(const yaml::Params params, ReadParams(flags.params));
  std::vector<eval::Spec> specs;
  for (const std::string& path : paths) {
    VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, kMaxSpecBytes));
    VERGE_TRY_ASSIGN(eval::Spec spec, eval::ParseSpec(path, text, params, {flags.model, flags.task}));
    specs.push_back(std::move(spec));
  }
  return specs;
}

Status RunEval(const EvalFlags& flags) {
  if (flags.data.empty() == flags.all.empty()) {
    return VERGE_ERROR(kInvalidArgument, "give --data SPEC.yaml, or --all FOLDER of them");
  }
  if (!flags.all.empty() && (!flags.model.empty() || !flags.task.empty())) {
    return VERGE_ERROR(kInvalidArgument, "--all takes model and task from each file; leave MODEL and --task out");
  }
  VERGE_TRY_ASSIGN(const std::vector<eval::Spec> specs, ReadSpecs(flags));
  eval::EvaluateOptions options;
  options.open = [](const std::string& path) -> Result<std::shared_ptr<const runtime::Model>> {
    VERGE_TRY_ASSIGN(const backend::OpenedModel opened, backend::OpenModel(path, {}));
    return opened.model;
  };
  const auto cores = static_cast<int>(std::thread::hardware_concurrency());
  options.threads = flags.threads > 0 ? flags.threads : std::clamp(cores, 1, 256);
  options.limit = flags.limit;
  std::vector<eval::Report> reports;
  size_t failed = 0;
  ProgressBar progress;
  for (const eval::Spec& spec : specs) {
    options.progress = [&](size_t done, size_t total) { progress.Show(spec.name, done, total); };
    reports.push_back(eval::Evaluate(spec, options));
    failed += reports.back().verdict == eval::Verdict::kFailed ? 1 : 0;
  }
  progress.Clear();
  const std::string json = eval::ToJson(reports) + "\n";
  if (!flags.output.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.output, json));
  if (flags.as_json) {
    std::fputs(json.c_str(), stdout);
  } else {
    Print(reports);
  }
  if (failed == 0) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     std::to_string(failed) + " of " + std::to_string(reports.size()) + " evaluations failed");
}

}  // namespace

void RegisterEval(CLI::App& app) {
  CLI::App* command = app.add_subcommand("eval", "Measure how right a model is on data with labels");
  auto flags = std::make_shared<EvalFlags>();
  command->add_option("MODEL", flags->model, ".vg, .tflite or .onnx; may stand in the data's file");
  command->add_option("--task", flags->task, "What the model does; may stand in the data's file")
      ->check(CLI::IsMember({"classify", "detect", "segment", "keypoints", "anomaly", "agreement", "ctc", "custom"}));
  command->add_option("--data", flags->data, "YAML file that describes data, preprocessing and requirements");
  command->add_option("--all", flags->all, "Run every .yaml of this folder");
  command->add_option("--param", flags->params, "NAME=VALUE for ${NAME} in the file");
  command->add_option("--threads", flags->threads, "Items at the same time; default: one a core")
      ->check(CLI::Range(1, 256));
  command->add_option("--limit", flags->limit, "Only so many items, spread over the data");
  command->add_option("-o,--output", flags->output, "Write the report as JSON here, too");
  command->add_flag("--json", flags->as_json, "Print JSON in place of the table");
  OnRun(*command, [flags] { return RunEval(*flags); });
}

}  // namespace verge::cli
