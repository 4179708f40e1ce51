// The optimiser: a model, data and a budget become the smallest model that was found within the budget, and a report of
// everything that was tried.
//
//   import -> passes -> remove channels -> set weights to zero -> rebuild -> cluster -> quantise -> passes -> measure
//
// What is asked for (Recipe) is made and measured. When it misses the budget, what usually helps is tried in turn:
// other ranges for activations, adaptive rounding, and at last mixed precision, in which the layers that lose most stay
// finer (optimizer/mixed.h). Without a precision asked for, a budget alone, int8 and mixed precision are tried.
//
// Reproducible  the chosen model's bytes depend on the model, the samples, the options and the version only: not on
//               the machine or the threads, as long as no latency budget is set.
// Resumable     with Settings::memo_path, what was measured is kept there; a second call with the same inputs goes on.
// Errors        those of the parts; kInvalidArgument for options that do not go together. A budget that nothing meets
//               is no error: Outcome::chosen is then empty.
// Threads       one call, one thread; it uses Settings::threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/evaluate.h"
#include "format/model/aligned_bytes.h"
#include "format/model/encoding/encoding.h"
#include "ir/graph.h"
#include "opt/pass.h"
#include "optimizer/measure.h"
#include "optimizer/samples.h"
#include "prune/channels.h"
#include "prune/cluster.h"
#include "prune/prune.h"
#include "prune/reconstruct.h"
#include "quant/quantize.h"

namespace verge::optimizer {

// The precision of the whole model. kMixed: int8 where the budget allows it, finer where it does not.
enum class Target { kFloat, kInt8, kInt16x8, kW4A8, kDynamic, kFp16, kBf16, kMixed };
const char* TargetName(Target target);

struct Recipe {
  Target target = Target::kFloat;
  quant::Calibrator calibrator = quant::Calibrator::kMse;
  double percentile = 99.99;
  bool equalise = true;
  bool correct_bias = true;
  bool round_adaptively = false;
  std::map<std::string, quant::Precision> precision = {};  // of single nodes
  quant::IntegerIo io = quant::IntegerIo::kNone;
  std::optional<prune::ChannelPruning> channels = std::nullopt;
  std::optional<prune::WeightPruning> weights = std::nullopt;
  // After either: what is left is fitted to the original layers' outputs; wants samples.
  std::optional<prune::Reconstruction> reconstruction = std::nullopt;
  std::optional<prune::WeightClustering> clusters = std::nullopt;
  // How the file holds constants; nothing: compressed where the recipe leaves weights that compress (pruned, clustered,
  // 16 or 4 bits), and otherwise as they lie in memory, so that a device maps them.
  std::optional<format::StorageOptions> storage = std::nullopt;
};

struct Budget {
  std::optional<double> max_drop = std::nullopt;        // of the main figure, as a share: 0.005 is half a point
  std::optional<double> min_sqnr_db = std::nullopt;     // against the original, on the samples
  std::optional<size_t> max_bytes = std::nullopt;       // of the file
  std::optional<double> max_latency_ms = std::nullopt;  // median on this machine, one thread

  bool is_any() const { return max_drop || min_sqnr_db || max_bytes || max_latency_ms; }
};

// A stage and how far it is; a Status that is not ok ends the work.
using Watch = std::function<Status(const std::string& stage, size_t done, size_t total)>;

struct Settings {
  Recipe recipe = {};
  bool is_target_given = false;  // otherwise the budget decides
  Budget budget = {};
  opt::PassOptions passes = {};
  std::optional<eval::Spec> evaluation = std::nullopt;
  eval::OpenModel open = nullptr;  // of other models that the evaluation names
  int threads = 1;
  size_t closeness_samples = 64;   // at most so many samples judge agreement with the original
  size_t sensitivity_samples = 8;  // and so many the sensitivity of each layer
  int latency_runs = 21;
  std::string memo_path = {};
  Watch watch = nullptr;
};

// One model that was made and measured.
struct Trial {
  std::string name;  // "int8, mse, equalised, bias corrected"
  Recipe recipe;
  Measured measured;
  std::optional<double> drop;       // of the main figure against the original
  std::optional<Paired> paired;     // the same item by item, where the figure is a mean over items
  std::vector<std::string> misses;  // which budgets it misses, with both numbers
  std::vector<quant::LayerReport> layers;
  std::vector<std::string> notes;
  bool fits() const { return misses.empty(); }
};

struct LayerSensitivity {
  std::string node;
  double sqnr_db = 0;  // of the worst output when this layer alone is quantised
};

struct Outcome {
  std::string model;
  std::vector<opt::PassOutcome> passes;
  Measured original;  // after the passes, which change no results
  size_t imported_nodes = 0;
  std::string figure;  // the main one; "" without an evaluation
  Budget budget;
  std::vector<Trial> trials;
  std::optional<size_t> chosen;  // index into trials
  std::vector<LayerSensitivity> sensitivity;
  std::optional<prune::ChannelReport> channels;
  std::optional<prune::PruneReport> pruned;
  std::optional<prune::ReconstructReport> reconstructed;
  std::optional<prune::ClusterReport> clustered;
  std::shared_ptr<const format::AlignedBytes> bytes;  // the chosen one as a .vg file; null when there is none
};

// `samples` may be empty where nothing needs them: passes, dynamic, f16, bf16, pruning by magnitude.
Result<Outcome> Optimize(ir::Graph graph, const Samples& samples, const Settings& settings);

// Judges a finished model, `bytes` with its graph, against the one it was made from: an Outcome of one trial, which is
// chosen when it is within the budget.
Result<Outcome> Check(const ir::Graph& original, const ir::Graph& candidate,
                      std::shared_ptr<const format::AlignedBytes> bytes, const Samples& samples,
                      const Settings& settings);

// For people: a table of what was tried, the chosen one, and why.
std::string ToText(const Outcome& outcome);
// What each pass changed.
std::string ExplainPasses(const Outcome& outcome);
// The model card, docs/formats/model-card.md: {"schema", "model", "original", "trials", "file": {"sha256"}, ...}; infinite
// numbers are null.
std::string ToJson(const Outcome& outcome);
// One page that needs no other file.
std::string ToHtml(const Outcome& outcome);

}  // namespace verge::optimizer
