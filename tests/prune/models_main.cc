// Prunes trained models with the samples that come first and measures on those behind, which nothing was fitted to:
// accuracy by their labels, and agreement with the model as it was.
//
//   prune_models [NAME...]     only models whose name contains one of the names
//
// Fails     when a recipe agrees less with the model than its bound says, or does not make it as small as it says
// Exit      0 all hold; 1 some do not; 77 without VERGE_DATA: nothing was tested
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

#include "compile/compile.h"
#include "media/image.h"
#include "optimizer/float_weights.h"
#include "prune/channels.h"
#include "prune/cluster.h"
#include "prune/prune.h"
#include "prune/reconstruct.h"
#include "quant/testing.h"
#include "runtime/session.h"
#include "sys/file/file.h"

namespace verge::prune {
namespace {

constexpr size_t kStep = 389;  // divides the length of no table

struct Sample {
  std::vector<float> input;
  int label = 0;
};

// The model's own input files, as the publishers of the data describe them.
using ReadInput = std::function<Result<std::vector<float>>(const std::string& bytes)>;

struct Task {
  std::string name;
  std::string model;   // below VERGE_DATA
  std::string folder;  // of samples, below VERGE_DATA
  std::string labels;
  int label_column = 0;
  bool has_header = false;
  std::string extension;  // in place of that in the table of labels; empty: as there
  ReadInput read;
  size_t fitted = 0;    // samples to prune with
  size_t measured = 0;  // samples behind them
};

Result<std::vector<float>> ReadPixels(const std::string& bytes) {
  std::vector<float> input;
  for (const char c : bytes) input.push_back(static_cast<float>(static_cast<uint8_t>(c)));
  return input;
}

Result<std::vector<float>> ReadFeatures(const std::string& bytes) {
  std::vector<float> input;
  for (const char c : bytes) input.push_back((static_cast<float>(static_cast<int8_t>(c)) - 83.0f) * 0.5847029f);
  return input;
}

// Red and blue stand swapped in these files.
Result<std::vector<float>> ReadSwappedJpeg(const std::string& bytes) {
  VERGE_TRY_ASSIGN(const media::Image image, media::DecodeImage(std::as_bytes(std::span(bytes.data(), bytes.size()))));
  std::vector<float> input;
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    input.push_back(static_cast<float>(image.rgb[i / 3 * 3 + 2 - i % 3]) / 255.0f);
  }
  return input;
}

std::vector<Task> AllTasks() {
  const std::string vww = "/datasets/mlperf-tiny-vww01";
  return {
      {"resnet8", "/models/mlperf-tiny/pretrainedResnet.tflite", "/datasets/cifar10-calib-500",
       "/datasets/cifar10-calib-500/labels.csv", 3, true, "", ReadPixels, 100, 400},
      {"vww", "/models/mlperf-tiny/vww_96_float.tflite", vww + "/images", vww + "/y_labels.csv", 2, false, ".jpg",
       ReadSwappedJpeg, 60, 400},
      {"kws", "/models/mlperf-tiny/kws_ref_model_float32.tflite", "/datasets/mlperf-tiny-kws01",
       "/datasets/mlperf-tiny-kws01/y_labels.csv", 2, false, "", ReadFeatures, 100, 800},
  };
}

Result<std::vector<Sample>> ReadSamples(const Task& task, const std::string& data) {
  VERGE_TRY_ASSIGN(const std::string table, sys::ReadFile(data + task.labels, 1 << 24));
  std::istringstream text(table);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  if (task.has_header && !lines.empty()) lines.erase(lines.begin());
  const size_t count = task.fitted + task.measured;
  if (lines.size() < count) return VERGE_ERROR(kDataLoss, "too few samples: " + task.folder);
  std::vector<Sample> samples;
  while (samples.size() < count) {
    // Some tables are sorted by class: steps of a prime go through all lines in a mixed order.
    const std::string& line = lines[samples.size() * kStep % lines.size()];
    std::istringstream columns(line);
    std::string file;
    std::getline(columns, file, ',');
    std::string label;
    for (int c = 0; c < task.label_column; ++c) std::getline(columns, label, ',');
    if (!task.extension.empty()) file = file.substr(0, file.rfind('.')) + task.extension;
    VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(data + task.folder + "/" + file, 1 << 24));
    Sample sample;
    VERGE_TRY_ASSIGN(sample.input, task.read(bytes));
    sample.label = std::atoi(label.c_str());
    samples.push_back(std::move(sample));
  }
  return samples;
}

// The samples to prune with, run by the reference kernels: what is fitted is the same everywhere.
quant::EvaluatedActivations ActivationsOf(const std::vector<Sample>& samples, size_t count) {
  std::vector<quant::TestSample> steps;
  for (size_t s = 0; s < count; ++s) {
    const std::vector<float>& input = samples[s].input;
    steps.push_back({{ir::Buffer::CopyOf(input.data(), input.size() * sizeof(float))}});
  }
  return quant::EvaluatedActivations(std::move(steps));
}

// The class that the graph gives each sample from `first` on.
Result<std::vector<int>> Classify(const ir::Graph& graph, const std::vector<Sample>& samples, size_t first) {
  VERGE_TRY_ASSIGN(const compile::Compiled compiled, compile::Compile(graph));
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(compiled.bytes.bytes(), nullptr));
  VERGE_TRY_ASSIGN(const auto model, runtime::Model::Load(std::move(verified), {}));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(model));
  std::vector<int> classes;
  for (size_t s = first; s < samples.size(); ++s) {
    const Tensor& x = session.input(0);
    if (x.shape().elems() != samples[s].input.size()) return VERGE_ERROR(kDataLoss, "a sample has another size");
    std::memcpy(x.data, samples[s].input.data(), samples[s].input.size() * sizeof(float));
    session.Run();
    const Tensor& y = session.output(0);
    const auto* scores = y.as<const float>();
    classes.push_back(static_cast<int>(std::max_element(scores, scores + y.shape().elems()) - scores));
  }
  return classes;
}

double ShareOfEqual(const std::vector<int>& a, const std::vector<int>& b) {
  size_t equal = 0;
  for (size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i] ? 1 : 0;
  return static_cast<double>(equal) / static_cast<double>(a.size());
}

// What a recipe made of the graph, and how small that is of what it was.
struct Made {
  ir::Graph graph;
  double kept = 1;
};

struct Recipe {
  std::string name;
  double max_kept = 1;  // of weights, or of multiply-accumulates for channels
  // Agreement with the model before, by task: in the order of AllTasks.
  std::vector<double> min_agreement;
  std::function<Result<Made>(const ir::Graph& graph, quant::Activations& samples)> run;
};

Result<Made> Zeros(const ir::Graph& original, quant::Activations& samples, Criterion criterion, Pattern pattern,
                   double share, bool is_rebuilt) {
  Made made{.graph = original};
  WeightPruning options;
  options.criterion = criterion;
  options.pattern = pattern;
  options.share = share;
  VERGE_TRY_ASSIGN(const PruneReport report, PruneWeights(made.graph, options, &samples));
  if (is_rebuilt) VERGE_TRY(Reconstruct(made.graph, original, {}, {}, samples).status());
  size_t weights = 0;
  size_t zeros = 0;
  for (const PrunedLayer& layer : report.layers) {
    if (!layer.reason.empty()) continue;
    weights += layer.weights;
    zeros += layer.zeros;
  }
  made.kept = 1 - static_cast<double>(zeros) / static_cast<double>(weights);
  return made;
}

Result<Made> Channels(const ir::Graph& original, quant::Activations& samples, const ChannelPruning& options,
                      bool is_rebuilt) {
  Made made{.graph = original};
  VERGE_TRY_ASSIGN(const ChannelReport report, PruneChannels(made.graph, options, &samples));
  if (is_rebuilt) VERGE_TRY(Reconstruct(made.graph, original, report.kept_outputs, {}, samples).status());
  made.kept = static_cast<double>(report.macs) / static_cast<double>(report.macs_before);
  return made;
}

Result<Made> Clusters(const ir::Graph& original, quant::Activations& samples, size_t k) {
  Made made{.graph = original};
  WeightClustering options;
  options.k = k;
  options.by_activations = true;
  VERGE_TRY(ClusterWeights(made.graph, options, &samples).status());
  return made;
}

std::vector<Recipe> AllRecipes() {
  using S = quant::Activations;
  using G = ir::Graph;
  const auto zeros = [](Criterion criterion, Pattern pattern, double share, bool is_rebuilt) {
    return [=](const G& g, S& s) { return Zeros(g, s, criterion, pattern, share, is_rebuilt); };
  };
  const auto channels = [](ChannelScore score, bool is_global, bool is_rebuilt) {
    return [=](const G& g, S& s) {
      return Channels(g, s, {.score = score, .share = 0.3, .is_global = is_global}, is_rebuilt);
    };
  };
  const auto clusters = [](size_t k) { return [=](const G& g, S& s) { return Clusters(g, s, k); }; };
  return {
      {"50% magnitude", 0.501, {0.62, 0.75, 0.4}, zeros(Criterion::kMagnitude, Pattern::kUnstructured, 0.5, false)},
      {"50% wanda", 0.51, {0.6, 0.7, 0.45}, zeros(Criterion::kWanda, Pattern::kUnstructured, 0.5, false)},
      {"50% obs", 0.501, {0.83, 0.83, 0.82}, zeros(Criterion::kObs, Pattern::kUnstructured, 0.5, false)},
      {"50% obs, rebuilt", 0.501, {0.88, 0.87, 0.89}, zeros(Criterion::kObs, Pattern::kUnstructured, 0.5, true)},
      {"2:4 obs, rebuilt", 0.501, {0.86, 0.86, 0.87}, zeros(Criterion::kObs, Pattern::k2Of4, 0.5, true)},
      {"50% of 1x4 blocks, obs, rebuilt", 0.51, {0.78, 0.8, 0.79}, zeros(Criterion::kObs, Pattern::kBlock, 0.5, true)},
      {"30% channels energy, rebuilt", 0.6, {0.55, 0.83, 0.86}, channels(ChannelScore::kEnergy, false, true)},
      {"30% channels variance, global, rebuilt",
       0.65,
       {0.53, 0.95, 0.85},
       channels(ChannelScore::kVariance, true, true)},
      {"16 values", 1, {0.79, 0.86, 0.9}, clusters(16)},
      {"64 values", 1, {0.93, 0.95, 0.95}, clusters(64)},
  };
}

// Whether all recipes keep their bounds.
Result<bool> RunTask(const Task& task, size_t index, const std::string& data) {
  VERGE_TRY_ASSIGN(const std::vector<Sample> samples, ReadSamples(task, data));
  VERGE_TRY_ASSIGN(const std::string bytes, sys::ReadFile(data + task.model, 1 << 28));
  VERGE_TRY_ASSIGN(ir::Graph graph, compile::Import(std::as_bytes(std::span(bytes.data(), bytes.size())), task.model));
  optimizer::UseFloatWeights(graph);
  VERGE_TRY(compile::Optimise(graph, {}).status());
  quant::EvaluatedActivations activations = ActivationsOf(samples, task.fitted);
  std::vector<int> labels;
  for (size_t s = task.fitted; s < samples.size(); ++s) labels.push_back(samples[s].label);
  VERGE_TRY_ASSIGN(const std::vector<int> before, Classify(graph, samples, task.fitted));
  std::printf("%s: accuracy %.1f %% of %zu samples\n", task.name.c_str(), 100 * ShareOfEqual(before, labels),
              labels.size());
  bool all_hold = true;
  for (const Recipe& recipe : AllRecipes()) {
    VERGE_TRY_ASSIGN(const Made made, recipe.run(graph, activations));
    VERGE_TRY_ASSIGN(const std::vector<int> after, Classify(made.graph, samples, task.fitted));
    const double agreement = ShareOfEqual(before, after);
    const bool holds = agreement >= recipe.min_agreement[index] && made.kept <= recipe.max_kept;
    std::printf("  %-40s accuracy %5.1f %%  agreement %5.1f %%  kept %5.1f %%%s\n", recipe.name.c_str(),
                100 * ShareOfEqual(after, labels), 100 * agreement, 100 * made.kept, holds ? "" : "  FAILED");
    std::fflush(stdout);
    all_hold = all_hold && holds;
  }
  return all_hold;
}

int Main(const std::vector<std::string>& names) {
  const char* data = std::getenv("VERGE_DATA");
  if (data == nullptr) {
    std::puts("not run: VERGE_DATA is not set");
    return 77;
  }
  bool all_hold = true;
  const std::vector<Task> tasks = AllTasks();
  for (size_t t = 0; t < tasks.size(); ++t) {
    const bool is_wanted = names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
                             return tasks[t].name.find(name) != std::string::npos;
                           });
    if (!is_wanted) continue;
    const Result<bool> holds = RunTask(tasks[t], t, data);
    if (!holds.ok()) std::printf("%s: %s\n", tasks[t].name.c_str(), holds.status().ToString().c_str());
    all_hold = all_hold && holds.ok() && *holds;
  }
  return all_hold ? 0 : 1;
}

}  // namespace
}  // namespace verge::prune

int main(int argc, char** argv) { return verge::prune::Main({argv + 1, argv + argc}); }
