// Runs one evaluation: every item of its data through its model, on several threads, and what came of it.
//
// Model     opened by the caller's function, once; sessions of it run at the same time, one a thread. The
//           state of a model with memory is reset before each item and kept through its windows or steps.
// Same      threads change no figure: items are judged apart and added up in their order.
// Errors    those of the files; "ITEM: what". The first failing item in the data's order is the one reported.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/spec.h"
#include "eval/task.h"
#include "runtime/model.h"

namespace verge::eval {

using OpenModel = std::function<Result<std::shared_ptr<const runtime::Model>>(const std::string& path)>;

struct EvaluateOptions {
  OpenModel open;
  int threads = 1;
  size_t limit = 0;  // only so many items, spread evenly over the data; 0: all
  // Called now and then from any thread, one call at a time.
  std::function<void(size_t done, size_t total)> progress;
};

enum class Verdict { kPassed, kFailed, kPending };
const char* VerdictName(Verdict verdict);

struct Report {
  Spec spec;
  size_t items = 0;
  bool is_whole = true;  // all of the data; a part of it meets no requirement and fails none
  std::vector<Figure> figures;
  Verdict verdict = Verdict::kFailed;
  std::string message;  // what failed, or why it is pending
};

struct Measurement {
  std::vector<Figure> figures;
  std::vector<ItemResult> results;  // Task::Results
  size_t items = 0;
  bool is_whole = true;  // all of the data
};

// Figures, or why there are none.
Result<Measurement> Measure(const Spec& spec, const EvaluateOptions& options);

// Measures and judges against the requirements. An evaluation that is listed as pending and meets them all fails: the
// list must stay true.
Report Evaluate(const Spec& spec, const EvaluateOptions& options);

// Which requirement is not met, or "".
std::string Unmet(const std::vector<Requirement>& requirements, const std::vector<Figure>& figures);

}  // namespace verge::eval
