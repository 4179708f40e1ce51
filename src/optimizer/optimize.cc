#include "optimizer/optimize.h"

#include <algorithm>

#include "compile/compile.h"
#include "optimizer/float_weights.h"
#include "optimizer/half.h"
#include "optimizer/judge.h"
#include "optimizer/memo.h"
#include "optimizer/mixed.h"

namespace verge::optimizer {
namespace {

std::string NameOf(const Recipe& recipe) {
  std::string name = TargetName(recipe.target);
  const bool is_calibrated =
      recipe.target == Target::kInt8 || recipe.target == Target::kW4A8 || recipe.target == Target::kMixed;
  if (recipe.channels) name += ", fewer channels";
  if (recipe.weights) name += ", pruned";
  if (recipe.reconstruction) name += ", rebuilt";
  if (recipe.clusters) name += ", clustered";
  if (is_calibrated) name += std::string(", ") + quant::CalibratorName(recipe.calibrator);
  if (is_calibrated && recipe.equalise) name += ", equalised";
  if (is_calibrated && recipe.correct_bias) name += ", bias corrected";
  if (is_calibrated && recipe.round_adaptively) name += ", rounded adaptively";
  return name;
}

bool NeedsSamples(const Recipe& recipe) {
  const bool is_static = recipe.target == Target::kInt8 || recipe.target == Target::kInt16x8 ||
                         recipe.target == Target::kW4A8 || recipe.target == Target::kMixed;
  const bool is_scored = (recipe.weights && recipe.weights->criterion != prune::Criterion::kMagnitude) ||
                         (recipe.channels && recipe.channels->score != prune::ChannelScore::kMagnitude);
  const bool is_clustered_by_inputs = recipe.clusters && recipe.clusters->by_activations;
  return is_static || is_scored || is_clustered_by_inputs || recipe.reconstruction;
}

quant::Precision SchemeOf(Target target) {
  switch (target) {
    case Target::kInt16x8: return quant::Precision::kInt16x8;
    case Target::kW4A8: return quant::Precision::kW4A8;
    case Target::kDynamic: return quant::Precision::kDynamic;
    default: return quant::Precision::kInt8;
  }
}

// What of the recipe changes weights, and so wants them in f32.
bool ChangesWeights(const Recipe& recipe) {
  return recipe.channels || recipe.weights || recipe.clusters || recipe.target != Target::kFloat;
}

format::StorageOptions StorageOf(const Recipe& recipe) {
  if (recipe.storage) return *recipe.storage;
  const bool is_narrow =
      recipe.target == Target::kFp16 || recipe.target == Target::kBf16 || recipe.target == Target::kW4A8;
  const bool is_compressible = is_narrow || recipe.weights || recipe.clusters;
  return is_compressible ? format::StorageOptions::Compressed() : format::StorageOptions();
}

class Optimizer {
 public:
  Optimizer(ir::Graph graph, const Samples& samples, const Settings& settings)
      : graph_(std::move(graph)), samples_(samples), settings_(settings), memo_(settings.memo_path) {}

  Result<Outcome> Run() {
    outcome_.model = graph_.name;
    outcome_.budget = settings_.budget;
    outcome_.imported_nodes = opt::SizeOf(graph_).nodes;
    VERGE_TRY_ASSIGN(runner_, SampleRunner::Create(samples_, settings_.threads));
    judge_.emplace(settings_, *runner_, memo_);
    VERGE_TRY_ASSIGN(outcome_.passes, opt::RunPasses(graph_, settings_.passes));
    VERGE_TRY_ASSIGN(outcome_.original, judge_->MeasureOriginal(graph_));
    outcome_.figure = judge_->figure();
    VERGE_TRY(DecideTarget());
    VERGE_TRY(Prune());
    VERGE_TRY(TryAll());
    Choose();
    VERGE_TRY(memo_.Forget());
    return std::move(outcome_);
  }

 private:
  Status Watching(const std::string& stage, size_t done, size_t total) const {
    return settings_.watch ? settings_.watch(stage, done, total) : Status::Ok();
  }

  SampleRunner* Activations() const { return samples_.empty() ? nullptr : runner_.get(); }

  prune::Progress PruneProgress(const char* stage) const {
    return [this, stage](size_t done, size_t total, std::string_view) { return Watching(stage, done, total); };
  }

  // What is asked for, or what the budget wants; refused without the data that it needs.
  Status DecideTarget() {
    recipe_ = settings_.recipe;
    if (!settings_.is_target_given && settings_.budget.is_any()) recipe_.target = Target::kInt8;
    if (recipe_.reconstruction && !recipe_.channels && !recipe_.weights) {
      return VERGE_ERROR(kInvalidArgument, "--reconstruct makes good what pruning did: give --prune, --sparsity or " +
                                               std::string("--prune-channels too"));
    }
    if (!NeedsSamples(recipe_) || !samples_.empty()) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument,
                       NameOf(recipe_) + " needs to see what the model will see: give --calibrate DATA, or --eval " +
                           "SPEC, whose data.calibration sets items apart (docs/guide/optimize.md)");
  }

  Status Prune() {
    const Recipe& recipe = recipe_;
    if (ChangesWeights(recipe)) {
      float_weights_ = UseFloatWeights(graph_);
      VERGE_TRY(opt::RunPasses(graph_, settings_.passes).status());
    }
    const ir::Graph whole = recipe.reconstruction ? graph_ : ir::Graph();
    if (recipe.channels) {
      prune::ChannelPruning options = *recipe.channels;
      options.progress = PruneProgress("remove channels");
      VERGE_TRY_ASSIGN(outcome_.channels, prune::PruneChannels(graph_, options, Activations()));
    }
    if (recipe.weights) {
      prune::WeightPruning options = *recipe.weights;
      options.progress = PruneProgress("prune");
      VERGE_TRY_ASSIGN(outcome_.pruned, prune::PruneWeights(graph_, options, Activations()));
    }
    if (recipe.reconstruction) {
      prune::Reconstruction options = *recipe.reconstruction;
      options.progress = PruneProgress("rebuild");
      const std::map<std::string, std::vector<int64_t>> all_channels;
      VERGE_TRY_ASSIGN(
          outcome_.reconstructed,
          prune::Reconstruct(graph_, whole, outcome_.channels ? outcome_.channels->kept_outputs : all_channels, options,
                             *runner_));
    }
    if (recipe.clusters) {
      prune::WeightClustering options = *recipe.clusters;
      options.progress = PruneProgress("cluster");
      VERGE_TRY_ASSIGN(outcome_.clustered, prune::ClusterWeights(graph_, options, Activations()));
    }
    return Status::Ok();
  }

  Status TryAll() {
    const Recipe& recipe = recipe_;
    if (recipe.target == Target::kMixed) return TryMixed(recipe);
    VERGE_TRY(Try(recipe, recipe.precision));
    if (!settings_.budget.is_any() || outcome_.trials.back().fits()) return Status::Ok();
    const bool is_integer = recipe.target == Target::kInt8 || recipe.target == Target::kW4A8;
    if (!is_integer) return Status::Ok();
    VERGE_TRY(TryOthers(recipe));
    if (outcome_.trials.back().fits() || settings_.is_target_given) return Status::Ok();
    if (recipe.target == Target::kInt8) {  // as small, more right, slower
      Recipe wider = recipe;
      wider.target = Target::kInt16x8;
      VERGE_TRY(Try(wider, wider.precision));
      if (outcome_.trials.back().fits()) return Status::Ok();
    }
    return TryMixed(recipe);
  }

  // What usually helps a model that loses too much, until one fits.
  Status TryOthers(const Recipe& recipe) {
    if (recipe.equalise) {
      Recipe other = recipe;
      other.equalise = false;
      VERGE_TRY(Try(other, other.precision));
      if (outcome_.trials.back().fits()) return Status::Ok();
    }
    for (const quant::Calibrator calibrator : {quant::Calibrator::kMse, quant::Calibrator::kPercentile,
                                               quant::Calibrator::kMinMax, quant::Calibrator::kEntropy}) {
      if (calibrator == recipe.calibrator) continue;
      Recipe other = recipe;
      other.calibrator = calibrator;
      VERGE_TRY(Try(other, other.precision));
      if (outcome_.trials.back().fits()) return Status::Ok();
    }
    Recipe rounded = outcome_.trials[Closest()].recipe;
    if (rounded.round_adaptively) return Status::Ok();
    rounded.round_adaptively = true;
    return Try(rounded, rounded.precision);
  }

  // The trial that lost least.
  size_t Closest() const {
    size_t best = 0;
    const auto loss = [&](size_t i) {
      const Trial& trial = outcome_.trials[i];
      if (trial.drop) return *trial.drop;
      return trial.measured.closeness ? -trial.measured.closeness->sqnr_db : 0.0;
    };
    for (size_t i = 1; i < outcome_.trials.size(); ++i) {
      if (loss(i) < loss(best)) best = i;
    }
    return best;
  }

  Status TryMixed(Recipe recipe) {
    recipe.target = Target::kMixed;
    if (!settings_.budget.max_drop && !settings_.budget.min_sqnr_db) {
      return VERGE_ERROR(kInvalidArgument,
                         "mixed precision needs to know what may be lost: give --max-drop with --eval, or --min-sqnr");
    }
    quant::QuantizeOptions options = OptionsOf(recipe);
    VERGE_TRY_ASSIGN(const quant::Quantized all, quant::Quantize(graph_, runner_.get(), options));
    std::vector<std::string> names;
    for (const quant::LayerReport& layer : all.layers) {
      if (layer.precision == quant::Precision::kInt8 && layer.has_weights) names.push_back(layer.node);
    }
    const std::string digest =
        DigestOf({judge_->original_digest(), SamplesDigest(), quant::CalibratorName(recipe.calibrator),
                  std::to_string(settings_.sensitivity_samples)});
    VERGE_TRY_ASSIGN(outcome_.sensitivity, MeasureSensitivity(graph_, names, options, digest, *runner_,
                                                              settings_.sensitivity_samples, memo_, settings_.watch));
    const auto fits = [&](const std::vector<std::string>& finer) -> Result<bool> {
      std::map<std::string, quant::Precision> precision = recipe.precision;
      for (const std::string& name : finer) precision.emplace(name, quant::Precision::kF32);
      VERGE_TRY(Try(recipe, precision));
      return outcome_.trials.back().fits();
    };
    return FindFiner(outcome_.sensitivity, fits).status();
  }

  std::string SamplesDigest() const {
    std::string all;
    for (const Sample& sample : samples_) {
      for (const Step& step : sample.steps) {
        for (const media::Array& array : step) {
          all += DigestOf({{reinterpret_cast<const char*>(array.bytes().data()), array.bytes().size()}});
        }
      }
    }
    return DigestOf({all});
  }

  quant::QuantizeOptions OptionsOf(const Recipe& recipe) const {
    quant::QuantizeOptions options;
    options.scheme = SchemeOf(recipe.target);
    options.calibrator = recipe.calibrator;
    options.percentile = recipe.percentile;
    options.equalise = recipe.equalise;
    options.correct_bias = recipe.correct_bias;
    options.round_adaptively = recipe.round_adaptively;
    options.precision = recipe.precision;
    options.io = recipe.io;
    options.round_depthwise = true;
    options.real_outputs = recipe.io == quant::IntegerIo::kNone;
    options.progress = [this](const quant::Progress& at) { return Watching(at.stage, at.done, at.total); };
    return options;
  }

  // Makes the model of a recipe.
  Result<ir::Graph> Make(const Recipe& recipe, Trial& trial) {
    ir::Graph graph = graph_;
    if (recipe.target == Target::kFp16 || recipe.target == Target::kBf16) {
      const Half half = recipe.target == Target::kFp16 ? Half::kF16 : Half::kBF16;
      const size_t rounded = RoundConstants(graph, half, trial.notes);
      trial.notes.push_back(std::to_string(rounded) + " tensors of weights rounded to 16 bits");
    } else if (recipe.target != Target::kFloat) {
      VERGE_TRY_ASSIGN(quant::Quantized quantized, quant::Quantize(std::move(graph), Activations(), OptionsOf(recipe)));
      graph = std::move(quantized.graph);
      trial.layers = std::move(quantized.layers);
      trial.notes = std::move(quantized.notes);
      VERGE_TRY(opt::RunPasses(graph, settings_.passes).status());
    }
    return graph;
  }

  Status Try(const Recipe& recipe, const std::map<std::string, quant::Precision>& precision) {
    Trial trial;
    trial.recipe = recipe;
    trial.recipe.precision = precision;
    trial.name = NameOf(recipe);
    const size_t finer = precision.size() - recipe.precision.size();
    if (recipe.target == Target::kMixed) trial.name += ", " + std::to_string(finer) + " layers finer";
    VERGE_TRY_ASSIGN(const ir::Graph graph, Make(trial.recipe, trial));
    if (float_weights_ > 0) {
      trial.notes.push_back(std::to_string(float_weights_) + " tensors of 8-bit weights were taken as f32 first");
    }
    VERGE_TRY_ASSIGN(format::AlignedBytes bytes, compile::Lower(graph, StorageOf(recipe)));
    const auto shared = std::make_shared<const format::AlignedBytes>(std::move(bytes));
    VERGE_TRY_ASSIGN(trial.measured, judge_->Measure(trial.name, graph, shared));
    judge_->Compare(outcome_.original, trial);
    outcome_.trials.push_back(std::move(trial));
    files_.push_back(shared);
    return Status::Ok();
  }

  // The smallest that fits; of equal ones the one that lost least, and then the first.
  void Choose() {
    for (size_t i = 0; i < outcome_.trials.size(); ++i) {
      const Trial& trial = outcome_.trials[i];
      if (!trial.fits()) continue;
      if (outcome_.chosen && !IsBetter(trial, outcome_.trials[*outcome_.chosen])) continue;
      outcome_.chosen = i;
    }
    if (outcome_.chosen) outcome_.bytes = files_[*outcome_.chosen];
  }

  static bool IsBetter(const Trial& a, const Trial& b) {
    if (a.measured.file_bytes != b.measured.file_bytes) return a.measured.file_bytes < b.measured.file_bytes;
    return a.drop.value_or(0) < b.drop.value_or(0);
  }

  ir::Graph graph_;
  const Samples& samples_;
  const Settings& settings_;
  Memo memo_;
  Recipe recipe_;             // with the target that was decided on
  size_t float_weights_ = 0;  // tensors that UseFloatWeights changed
  std::unique_ptr<SampleRunner> runner_;
  std::optional<Judge> judge_;
  Outcome outcome_;
  std::vector<std::shared_ptr<const format::AlignedBytes>> files_;  // of the trials
};

}  // namespace

const char* TargetName(Target target) {
  constexpr const char* kNames[] = {"float", "int8", "int16x8", "w4a8", "dynamic", "fp16", "bf16", "mixed"};
  return kNames[static_cast<size_t>(target)];
}

namespace {

Status CheckBudget(const Samples& samples, const Settings& settings) {
  if (settings.budget.max_drop && !settings.evaluation) {
    return VERGE_ERROR(kInvalidArgument, "--max-drop is about a figure: give --eval SPEC, or use --min-sqnr");
  }
  if (settings.budget.min_sqnr_db && samples.empty()) {
    return VERGE_ERROR(kInvalidArgument, "--min-sqnr compares outputs on data: give --calibrate DATA");
  }
  return Status::Ok();
}

}  // namespace

Result<Outcome> Optimize(ir::Graph graph, const Samples& samples, const Settings& settings) {
  VERGE_TRY(CheckBudget(samples, settings));
  return Optimizer(std::move(graph), samples, settings).Run();
}

Result<Outcome> Check(const ir::Graph& original, const ir::Graph& candidate,
                      std::shared_ptr<const format::AlignedBytes> bytes, const Samples& samples,
                      const Settings& settings) {
  VERGE_TRY(CheckBudget(samples, settings));
  VERGE_TRY_ASSIGN(const std::unique_ptr<SampleRunner> runner, SampleRunner::Create(samples, settings.threads));
  Memo memo(settings.memo_path);
  Judge judge(settings, *runner, memo);
  Outcome outcome;
  outcome.model = original.name;
  outcome.budget = settings.budget;
  VERGE_TRY_ASSIGN(outcome.original, judge.MeasureOriginal(original));
  outcome.figure = judge.figure();
  Trial trial;
  trial.name = "candidate";
  VERGE_TRY_ASSIGN(trial.measured, judge.Measure(trial.name, candidate, bytes));
  judge.Compare(outcome.original, trial);
  if (trial.fits()) {
    outcome.chosen = 0;
    outcome.bytes = std::move(bytes);
  }
  outcome.trials.push_back(std::move(trial));
  VERGE_TRY(memo.Forget());
  return outcome;
}

}  // namespace verge::optimizer
