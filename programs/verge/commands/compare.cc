// verge compare: where two versions of a model part, layer by layer.
#include "compare/compare.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>

#include "media/npy.h"
#include "sys/file/file.h"
#include "verge/command.h"
#include "verge/engine_flags.h"

namespace verge::cli {
namespace {

constexpr uint64_t kMaxInputBytes = uint64_t{2} << 30;

// What can be said of one version alone.
struct VersionFlags {
  std::string path;
  std::string backend = "verge";
  bool no_optimize = false;
  bool use_reference = false;
  std::vector<std::string> skip_passes;
};

struct CompareFlags {
  VersionFlags a;
  VersionFlags b;
  std::string library;
  std::vector<std::string> shapes;
  std::vector<std::string> values;
  std::vector<std::string> inputs;
  std::string range;
  uint64_t seed = 1;
  int threads = 1;
  double bound = -1;
  double min_sqnr = std::nan("");
  std::string html;
  bool as_json = false;
};

Result<compare::Version> ReadVersion(const CompareFlags& flags, const VersionFlags& version) {
  compare::Version out{.path = version.path};
  backend::OpenOptions& options = out.options;
  VERGE_TRY_ASSIGN(options.choice, ReadChoice(version.backend, "", {}));
  options.choice.library = flags.library;
  options.threads = flags.threads;
  options.force_reference = version.use_reference;
  options.compile.optimize = !version.no_optimize;
  options.compile.skip_passes = version.skip_passes;
  VERGE_TRY(ReadShapeFlags(flags.shapes, flags.values, options.compile.shapes, options.compile.values));
  std::string how = version.backend;
  if (version.no_optimize) how += ", not optimised";
  if (version.use_reference) how += ", reference kernels";
  for (const std::string& pass : version.skip_passes) how += ", without " + pass;
  out.label = version.path + " (" + how + ")";
  return out;
}

// "NAME=FILE.npy"
Result<compare::NamedNumbers> ReadInput(const std::string& argument) {
  const size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0) {
    return VERGE_ERROR(kInvalidArgument, "--input wants NAME=FILE.npy; got \"" + argument + "\"");
  }
  const std::string path = argument.substr(equals + 1);
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(path, kMaxInputBytes));
  Result<media::Array> array = media::ReadNpy(std::as_bytes(std::span(bytes)));
  if (!array.ok()) return std::move(array).status().WithContext(path);
  return compare::NamedNumbers{argument.substr(0, equals), compare::Numbers::CopyOf(array->tensor())};
}

Status ReadRange(const std::string& text, compare::InputOptions& inputs) {
  if (text.empty()) return Status::Ok();
  const size_t dots = text.find("..");
  const auto parse = [&](std::string_view part, double& out) {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return error == std::errc() && end == part.data() + part.size() && std::isfinite(out);
  };
  const bool is_range = dots != std::string::npos && parse(std::string_view(text).substr(0, dots), inputs.lo) &&
                        parse(std::string_view(text).substr(dots + 2), inputs.hi) && inputs.lo < inputs.hi;
  if (is_range) return Status::Ok();
  return VERGE_ERROR(kInvalidArgument, "--range wants LO..HI with LO < HI, as 0..255; got \"" + text + "\"");
}

Result<compare::Options> ReadOptions(const CompareFlags& flags) {
  compare::Options options;
  options.inputs.seed = flags.seed;
  VERGE_TRY(ReadRange(flags.range, options.inputs));
  for (const std::string& argument : flags.inputs) {
    VERGE_TRY_ASSIGN(compare::NamedNumbers input, ReadInput(argument));
    options.inputs.given.push_back(std::move(input));
  }
  if (flags.bound >= 0) options.bounds.max_relative = flags.bound;
  if (!std::isnan(flags.min_sqnr)) options.bounds.min_sqnr_db = flags.min_sqnr;
  return options;
}

Status Compare(const CompareFlags& flags) {
  VERGE_TRY_ASSIGN(const compare::Version a, ReadVersion(flags, flags.a));
  VERGE_TRY_ASSIGN(const compare::Version b, ReadVersion(flags, flags.b));
  VERGE_TRY_ASSIGN(const compare::Options options, ReadOptions(flags));
  VERGE_TRY_ASSIGN(const compare::Report report, compare::Compare(a, b, options));
  if (!flags.html.empty()) VERGE_TRY(sys::WriteFileAtomic(flags.html, compare::ToHtml(report)));
  const std::string text = flags.as_json ? compare::ToJson(report) + "\n" : compare::ToText(report);
  std::fputs(text.c_str(), stdout);
  if (!report.bounds_are_given || !report.first_exceeding) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     "layer " + report.layers[*report.first_exceeding].name + " is the first outside the bound");
}

void AddVersionFlags(CLI::App& command, const std::string& prefix, VersionFlags& flags) {
  const std::string what = prefix == "a" ? "A: " : "B: ";
  command.add_option("--" + prefix + "-backend", flags.backend, what + "verge, or onnxruntime[:provider]");
  command.add_flag("--" + prefix + "-no-optimize", flags.no_optimize, what + "run the graph as it was imported");
  command.add_option("--" + prefix + "-skip-pass", flags.skip_passes, what + "leave out a pass; may be repeated");
  command.add_flag("--" + prefix + "-reference", flags.use_reference, what + "use the plain reference kernels");
}

}  // namespace

void RegisterCompare(CLI::App& app) {
  CLI::App* command = app.add_subcommand("compare", "Show layer by layer where two versions of a model part");
  auto flags = std::make_shared<CompareFlags>();
  command->add_option("A", flags->a.path, ".vg, .tflite or .onnx: errors are relative to this one")->required();
  command->add_option("B", flags->b.path, "Another version, or the same file run another way")->required();
  AddVersionFlags(*command, "a", flags->a);
  AddVersionFlags(*command, "b", flags->b);
  command->add_option("--ort-library", flags->library, "The library of ONNX Runtime (otherwise VERGE_ONNXRUNTIME)");
  AddShapeFlags(*command, flags->shapes, flags->values);
  command->add_option("--input", flags->inputs, "NAME=FILE.npy; inputs without a file are random; may be repeated");
  command->add_option("--seed", flags->seed, "Of the random inputs");
  command->add_option("--range", flags->range, "LO..HI of random inputs of floats (default -1..1)");
  command->add_option("--threads", flags->threads, "Threads to run with")->check(CLI::Range(1, 256));
  command
      ->add_option("--bound", flags->bound,
                   "Fail when a layer's largest error is above this share of its largest value, as 1e-4")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--min-sqnr", flags->min_sqnr, "Fail when a layer's SQNR is below this, in dB");
  command->add_option("--html", flags->html, "Write the report as a page");
  command->add_flag("--json", flags->as_json, "Print the report as JSON");
  OnRun(*command, [flags] { return Compare(*flags); });
}

}  // namespace verge::cli
