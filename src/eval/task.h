// What a task makes of a model's outputs.
//
//   Judge(item, ...) for every run of every item, from several threads, each item from one; then Figures() once.
//
// Threads   Judge of different items at the same time; each item's result has its own place.
// Errors    kInvalidArgument when outputs or labels are not what the task needs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/content.h"
#include "eval/dataset.h"
#include "eval/metrics/interval.h"
#include "eval/spec.h"

namespace verge::eval {

// A measured number. Shares are 0..1.
struct Figure {
  std::string name;
  double value = 0;  // not a number: could not be measured
  std::optional<Interval> interval;
};

// One run. Everything is borrowed.
struct Run {
  const Item& item;
  const Content& content;
  const Placement& placement;         // of a picture
  std::span<const Tensor> inputs;     // of the model
  std::span<const Tensor> outputs;    // of the model
  std::span<const Tensor> reference;  // outputs of the reference model, or of the data; may be empty
};

// What was made of one item: for comparing two models item by item.
struct ItemResult {
  double score = 0;    // 1: right, 0: wrong
  int64_t answer = 0;  // the class
};

class Task {
 public:
  virtual ~Task() = default;
  // `index` of the item; its runs come in order.
  virtual Status Judge(size_t index, const Run& run) = 0;
  virtual Result<std::vector<Figure>> Figures() = 0;
  // One an item, in their order; empty where the main figure is not the mean of the items' scores.
  virtual std::vector<ItemResult> Results() const { return {}; }
};

// `data` outlives the task.
Result<std::unique_ptr<Task>> MakeTask(const Spec& spec, const Dataset& data);

// One a file in tasks/.
Result<std::unique_ptr<Task>> MakeClassify(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeDetect(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeSegment(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeKeypoints(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeAnomaly(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeCtc(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeCustom(const Spec& spec, const Dataset& data);
Result<std::unique_ptr<Task>> MakeAgreement(const Spec& spec, const Dataset& data);

// The output that a specification names by its index.
Result<Tensor> OutputAt(const Run& run, int64_t index);

}  // namespace verge::eval
