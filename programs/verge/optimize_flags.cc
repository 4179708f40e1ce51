#include "verge/optimize_flags.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <thread>

#include "verge/engine_flags.h"

namespace verge::cli {
namespace {

struct Unit {
  const char* name;
  double factor;
};

// A number >= 0 with one of the units, of which "" stands for none.
Result<double> ParseWithUnit(const std::string& flag, const std::string& text, std::initializer_list<Unit> units,
                             const char* example) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec == std::errc() && std::isfinite(number) && number >= 0) {
    const std::string_view rest(read.ptr, static_cast<size_t>(end - read.ptr));
    for (const Unit& unit : units) {
      if (rest == unit.name) return number * unit.factor;
    }
  }
  return VERGE_ERROR(kInvalidArgument, flag + " wants a number as " + example + "; got \"" + text + "\"");
}

Result<optimizer::Target> TargetOf(const OptimizeFlags& flags, bool& is_given) {
  using optimizer::Target;
  const std::pair<bool, Target> choices[] = {{flags.int8, Target::kInt8},  {flags.int16x8, Target::kInt16x8},
                                             {flags.w4a8, Target::kW4A8},  {flags.dynamic, Target::kDynamic},
                                             {flags.fp16, Target::kFp16},  {flags.bf16, Target::kBf16},
                                             {flags.mixed, Target::kMixed}};
  Target target = Target::kFloat;
  for (const auto& [is_chosen, one] : choices) {
    if (!is_chosen) continue;
    if (is_given)
      return VERGE_ERROR(kInvalidArgument,
                         "choose one precision: --int8, --int16x8, --w4a8, --dynamic, --fp16, --bf16 or --mixed");
    is_given = true;
    target = one;
  }
  return target;
}

Status ReadPruning(const OptimizeFlags& flags, optimizer::Recipe& recipe) {
  if (!flags.prune_channels.empty()) {
    prune::ChannelPruning channels;
    VERGE_TRY_ASSIGN(channels.share, ParseShare("--prune-channels", flags.prune_channels));
    recipe.channels = channels;
  }
  if (flags.cluster > 0) {
    prune::WeightClustering clusters;
    clusters.k = static_cast<size_t>(flags.cluster);
    recipe.clusters = clusters;
  }
  if (flags.is_reconstructing) recipe.reconstruction = prune::Reconstruction();
  if (!flags.storage.empty()) {
    VERGE_TRY_ASSIGN(recipe.storage, format::ParseStorage(flags.storage));
  }
  if (flags.prune.empty() && flags.sparsity.empty()) return Status::Ok();
  prune::WeightPruning pruning;
  if (flags.sparsity == "2:4" && !flags.prune.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--sparsity 2:4 says itself how many weights become zero: leave out --prune");
  }
  if (flags.sparsity == "block" && flags.prune.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--sparsity block wants to know how many weights become zero: --prune 50%");
  }
  if (flags.sparsity == "2:4") pruning.pattern = prune::Pattern::k2Of4;
  if (flags.sparsity == "block") pruning.pattern = prune::Pattern::kBlock;
  if (!flags.prune.empty()) {
    VERGE_TRY_ASSIGN(pruning.share, ParseShare("--prune", flags.prune));
  }
  recipe.weights = pruning;
  return Status::Ok();
}

Status ReadBudget(const OptimizeFlags& flags, optimizer::Budget& budget) {
  if (!flags.max_drop.empty()) {
    VERGE_TRY_ASSIGN(budget.max_drop, ParseShare("--max-drop", flags.max_drop));
  }
  if (!flags.max_size.empty()) {
    VERGE_TRY_ASSIGN(budget.max_bytes, ParseBytes("--max-size", flags.max_size));
  }
  if (!flags.max_latency.empty()) {
    VERGE_TRY_ASSIGN(budget.max_latency_ms, ParseMillis("--max-latency", flags.max_latency));
  }
  if (flags.min_sqnr > 0) budget.min_sqnr_db = flags.min_sqnr;
  return Status::Ok();
}

Status ReadPrecisions(const OptimizeFlags& flags, optimizer::Recipe& recipe) {
  std::string node, name;
  for (const std::string& flag : flags.precision) {
    VERGE_TRY(SplitFlag(flag, "--precision wants NODE=f32, int8, int16x8, w4a8 or dynamic", node, name));
    VERGE_TRY_ASSIGN(recipe.precision[node], quant::ParsePrecision(name));
  }
  return Status::Ok();
}

void AddDataFlags(CLI::App& command, OptimizeFlags& flags) {
  command.add_option("--calibrate", flags.calibrate,
                     "Data that the model will see: a .npz file, a folder of .npz or .npy, a specification (.yaml) or "
                     "an app's folder; "
                     "default: what --eval sets apart");
  command.add_option("--samples", flags.samples, "At most so many of them, spread evenly; 0: all");
}

void AddBudgetFlags(CLI::App& command, OptimizeFlags& flags) {
  command.add_option("--eval", flags.eval, "A specification that says how right a model is (docs/guide/eval.md)");
  command.add_option("--param", flags.params, "NAME=VALUE for ${NAME} in specifications");
  command.add_option("--max-drop", flags.max_drop, "The budget: points of the figure that may be lost, 0.5%");
  command.add_option("--min-sqnr", flags.min_sqnr, "The budget: dB of signal to noise that outputs must keep");
  command.add_option("--max-size", flags.max_size, "The budget: the file, 2MB");
  command.add_option("--max-latency", flags.max_latency, "The budget: the median run on this machine, 8ms");
}

}  // namespace

Result<double> ParseShare(const std::string& flag, const std::string& text) {
  return ParseWithUnit(flag, text, {{"", 1}, {"%", 0.01}}, "0.5% or 0.005");
}

Result<size_t> ParseBytes(const std::string& flag, const std::string& text) {
  VERGE_TRY_ASSIGN(
      const double bytes,
      ParseWithUnit(flag, text,
                    {{"", 1}, {"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1024}, {"MiB", 1 << 20}},
                    "2MB, 300kB or 4096"));
  constexpr double kLargest = 1e15;
  return static_cast<size_t>(std::min(bytes, kLargest));
}

Result<double> ParseMillis(const std::string& flag, const std::string& text) {
  return ParseWithUnit(flag, text, {{"", 1}, {"ms", 1}, {"us", 1e-3}, {"s", 1e3}}, "8ms, 300us or 1s");
}

void AddOptimizeFlags(CLI::App& command, OptimizeFlags& flags) {
  command.add_option("MODEL", flags.model, ".tflite, .onnx or .vg")->required();
  command.add_option("-o,--output", flags.output, "The model file to write (.vg)");
  AddShapeFlags(command, flags.shapes, flags.values);
  command.add_flag("--int8", flags.int8, "8-bit integers, weights a scale a channel");
  command.add_flag("--int16x8", flags.int16x8, "16-bit activations, 8-bit weights");
  command.add_flag("--w4a8", flags.w4a8, "4-bit weights, 8-bit activations");
  command.add_flag("--dynamic", flags.dynamic, "8-bit weights, activations quantised at run time; needs no data");
  command.add_flag("--fp16", flags.fp16, "Weights of 16 bits, f16; needs no data");
  command.add_flag("--bf16", flags.bf16, "Weights of 16 bits, bf16; needs no data");
  command.add_flag("--mixed", flags.mixed, "int8 where the budget allows it; wants --max-drop or --min-sqnr");
  AddDataFlags(command, flags);
  command.add_option("--calibrator", flags.calibrator, "How ranges of activations are chosen")
      ->check(CLI::IsMember({"min_max", "percentile", "mse", "entropy"}));
  command.add_option("--percentile", flags.percentile, "Of --calibrator percentile")->check(CLI::Range(50.0, 100.0));
  command.add_flag("--no-equalise", flags.no_equalise, "Leave weights of neighbouring layers as they are");
  command.add_flag("--no-bias-correction", flags.no_bias_correction, "Leave biases as they are");
  command.add_flag("--adaround", flags.round_adaptively, "Choose up or down for each weight (slow, more accurate)");
  command.add_option("--precision", flags.precision, "NODE=f32|int8|int16x8|w4a8|dynamic; may be repeated");
  command.add_option("--io", flags.io, "Types of inputs and outputs")->check(CLI::IsMember({"float", "int8", "uint8"}));
  AddBudgetFlags(command, flags);
  command.add_option("--prune", flags.prune, "Share of weights that become zero, 50%");
  command.add_option("--prune-by", flags.prune_by, "Which weights go; default: obs with data, magnitude without")
      ->check(CLI::IsMember({"magnitude", "wanda", "obs"}));
  command
      .add_option("--sparsity", flags.sparsity,
                  "2:4: of four weights two become zero; block: four neighbours go together")
      ->check(CLI::IsMember({"2:4", "block"}));
  command.add_option("--prune-channels", flags.prune_channels, "Share of channels to remove, 30%");
  command
      .add_option("--channels-by", flags.channels_by, "Which channels go; default: energy with data, magnitude without")
      ->check(CLI::IsMember({"magnitude", "energy", "variance"}));
  command.add_flag("--reconstruct", flags.is_reconstructing,
                   "After pruning: fit what is left to the original layers' outputs; wants data, no labels");
  command.add_option("--cluster", flags.cluster, "At most so many different weights a layer")
      ->check(CLI::Range(2, 256));
  command.add_option(
      "--storage", flags.storage,
      "How the file holds weights: none, all, or a list of half, bfloat, nibble, code_book, sparse, entropy; "
      "default: all where weights are pruned, clustered or narrow, else none");
  command.add_option("--passes", flags.passes, "Only these graph passes")->delimiter(',');
  command.add_option("--no-pass", flags.skip_passes, "A graph pass to leave out; may be repeated");
  command.add_flag("--explain", flags.is_explaining, "Show what each graph pass changed");
  command.add_option("--report", flags.report, "Write the report as a page here");
  command.add_option("--report-json", flags.report_json, "Write the report as JSON here");
  command.add_flag("--json", flags.as_json, "Print the report as JSON");
  command.add_option("--threads", flags.threads, "Samples at the same time; default: one a core")
      ->check(CLI::Range(1, 256));
}

void AddCheckFlags(CLI::App& command, OptimizeFlags& flags) {
  command.add_option("MODEL", flags.model, "The finished model (.vg)")->required();
  command.add_option("--original", flags.original, "The model it was made from (.tflite, .onnx or .vg)")->required();
  AddShapeFlags(command, flags.shapes, flags.values);
  AddDataFlags(command, flags);
  AddBudgetFlags(command, flags);
  command.add_option("--report", flags.report, "Write the report as a page here");
  command.add_flag("--json", flags.as_json, "Print the report as JSON");
  command.add_option("--threads", flags.threads, "Samples at the same time; default: one a core")
      ->check(CLI::Range(1, 256));
}

void ChooseCriteria(const OptimizeFlags& flags, bool has_samples, optimizer::Recipe& recipe) {
  using prune::ChannelScore;
  using prune::Criterion;
  if (recipe.weights) {
    const std::map<std::string, Criterion> known = {
        {"magnitude", Criterion::kMagnitude}, {"wanda", Criterion::kWanda}, {"obs", Criterion::kObs}};
    const auto asked = known.find(flags.prune_by);
    recipe.weights->criterion =
        asked != known.end() ? asked->second : (has_samples ? Criterion::kObs : Criterion::kMagnitude);
  }
  if (recipe.channels) {
    const std::map<std::string, ChannelScore> known = {{"magnitude", ChannelScore::kMagnitude},
                                                       {"energy", ChannelScore::kEnergy},
                                                       {"variance", ChannelScore::kVariance}};
    const auto asked = known.find(flags.channels_by);
    recipe.channels->score =
        asked != known.end() ? asked->second : (has_samples ? ChannelScore::kEnergy : ChannelScore::kMagnitude);
  }
  if (recipe.clusters) recipe.clusters->by_activations = has_samples;
}

Result<optimizer::Settings> ReadOptimizeFlags(const OptimizeFlags& flags) {
  optimizer::Settings settings;
  optimizer::Recipe& recipe = settings.recipe;
  VERGE_TRY_ASSIGN(recipe.target, TargetOf(flags, settings.is_target_given));
  VERGE_TRY_ASSIGN(recipe.calibrator, quant::ParseCalibrator(flags.calibrator));
  recipe.percentile = flags.percentile;
  recipe.equalise = !flags.no_equalise;
  recipe.correct_bias = !flags.no_bias_correction;
  recipe.round_adaptively = flags.round_adaptively;
  if (flags.io == "int8") recipe.io = quant::IntegerIo::kI8;
  if (flags.io == "uint8") recipe.io = quant::IntegerIo::kU8;
  VERGE_TRY(ReadPrecisions(flags, recipe));
  VERGE_TRY(ReadPruning(flags, recipe));
  VERGE_TRY(ReadBudget(flags, settings.budget));
  settings.passes.only.assign(flags.passes.begin(), flags.passes.end());
  settings.passes.without.assign(flags.skip_passes.begin(), flags.skip_passes.end());
  settings.threads =
      flags.threads > 0 ? flags.threads : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 256);
  if (!flags.output.empty()) settings.memo_path = flags.output + ".memo";
  return settings;
}

}  // namespace verge::cli
