// What a model is worth: how large it is, how fast, how right, and how close to the model it was made from.
//
// Agreement is measured on the samples with the reference kernels and so is the same everywhere; figures of an
// evaluation are made by the kernels that the model will run with; latency belongs to this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/evaluate.h"
#include "eval/metrics/agreement.h"
#include "format/model/aligned_bytes.h"
#include "ir/graph.h"
#include "optimizer/run_samples.h"

namespace verge::optimizer {

// Outputs of a model on samples, as real numbers.
using SampleOutputs = std::vector<std::vector<std::vector<float>>>;  // [sample and step][output][element]

struct Closeness {
  double sqnr_db = 0;    // of the worst output
  double cosine = 1;     // of the worst output
  double same_top1 = 1;  // share of runs whose first output has its largest value in the same place
};

struct Measured {
  size_t file_bytes = 0;
  size_t weight_bytes = 0;  // of constants, as they lie in memory
  uint64_t macs = 0;
  size_t nodes = 0;
  std::optional<double> latency_ms;  // median, one thread
  std::optional<Closeness> closeness;
  eval::Measurement evaluation;  // empty without one
};

// The figure that a task is about: "top1", "map", "miou", "pck", "auc", "same_top1", "words_right"; "" for a custom
// task, whose first figure it is.
const char* MainFigure(eval::TaskKind task);
const eval::Figure* FindFigure(const std::vector<eval::Figure>& figures, std::string_view name);

Result<SampleOutputs> RunOutputs(const ir::Graph& graph, SampleRunner& runner, size_t count);
Closeness Compare(const SampleOutputs& got, const SampleOutputs& want);

size_t WeightBytesOf(const ir::Graph& graph);

// A model file in memory, ready to run.
Result<std::shared_ptr<const runtime::Model>> LoadBytes(std::shared_ptr<const format::AlignedBytes> bytes, int threads);

// Median time of `runs` runs of each model, taken in turns so that what disturbs the machine disturbs all of them.
Result<std::vector<double>> MedianLatencies(const std::vector<std::shared_ptr<const runtime::Model>>& models, int runs);

// Evaluates a model in memory as the specification says.
Result<eval::Measurement> Evaluate(eval::Spec spec, std::shared_ptr<const runtime::Model> model,
                                   eval::EvaluateOptions options);

// Two models on the same items: how much better the second is per item, and how often they give the same answer.
struct Paired {
  double difference = 0;                   // mean of score - score
  std::optional<eval::Interval> interval;  // 95 %, by bootstrap over the items
  double same_answer = 0;
};
// Nothing when there are no results by item.
std::optional<Paired> Pair(const eval::Measurement& before, const eval::Measurement& after);

}  // namespace verge::optimizer
