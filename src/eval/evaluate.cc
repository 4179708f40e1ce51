#include "eval/evaluate.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>

#include "eval/feed.h"
#include "runtime/session.h"
#include "sys/threads/thread_pool.h"

namespace verge::eval {
namespace {

using ModelPtr = std::shared_ptr<const runtime::Model>;

struct Models {
  ModelPtr main;
  ModelPtr reference;  // may be null
  ModelPtr front_end;  // may be null
};

// The sessions of one thread.
struct Sessions {
  std::optional<runtime::Session> main;
  std::optional<runtime::Session> reference;
  std::optional<Feeder> feeder;
};

// A session without anything left in it of the item before.
Status Renew(const ModelPtr& model, std::optional<runtime::Session>& session) {
  if (model == nullptr) return Status::Ok();
  if (session) {
    session->ResetState();
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(session, runtime::Session::Create(model));
  return Status::Ok();
}

std::vector<Tensor> Outputs(const runtime::Session& session) {
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < session.model().outputs().size(); ++i) {
    outputs.push_back(session.output(i));
    outputs.back().type.shape = session.OutputShape(i);
  }
  return outputs;
}

std::vector<Tensor> Inputs(const runtime::Session& session) {
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < session.model().inputs().size(); ++i) inputs.push_back(session.input(i));
  return inputs;
}

class Runner {
 public:
  Runner(const Spec& spec, const EvaluateOptions& options, Models models, const Dataset& data, Task& task)
      : spec_(spec),
        options_(options),
        models_(std::move(models)),
        data_(data),
        task_(task),
        failures_(data.items.size()) {}

  Status RunAll(sys::ThreadPool& pool) {
    pool.Run(pool.threads(), [](void* self, int) { static_cast<Runner*>(self)->Work(); }, this);
    for (size_t i = 0; i < failures_.size(); ++i) {
      if (!failures_[i].ok()) return std::move(failures_[i]).WithContext(data_.items[i].name);
    }
    return Status::Ok();
  }

 private:
  // One thread: items until there are none, or one has failed.
  void Work() {
    Sessions sessions;
    while (!has_failed_) {
      const size_t index = next_++;
      if (index >= data_.items.size()) return;
      failures_[index] = RunItem(index, sessions);
      if (!failures_[index].ok()) has_failed_ = true;
      const std::lock_guard lock(progress_mutex_);
      ++done_;
      if (options_.progress) options_.progress(done_, data_.items.size());
    }
  }

  Status RunItem(size_t index, Sessions& sessions) {
    VERGE_TRY(Renew(models_.main, sessions.main));
    VERGE_TRY(Renew(models_.reference, sessions.reference));
    if (!sessions.feeder) {
      VERGE_TRY_ASSIGN(sessions.feeder, Feeder::Create(spec_, models_.front_end));
    }
    sessions.feeder->Reset();
    const Item& item = data_.items[index];
    const size_t window = models_.main->inputs()[0].type.shape.elems();
    VERGE_TRY_ASSIGN(const std::vector<Content> contents, ReadContents(item.path, spec_.data, spec_.input, window));
    for (const Content& content : contents) VERGE_TRY(RunOne(index, content, sessions));
    return Status::Ok();
  }

  Status RunOne(size_t index, const Content& content, Sessions& sessions) {
    const std::vector<Tensor> inputs = Inputs(*sessions.main);
    VERGE_TRY_ASSIGN(const Placement placement, sessions.feeder->Fill(content, spec_.input, inputs));
    sessions.main->Run();
    std::vector<Tensor> reference;
    const std::vector<Tensor> outputs = Outputs(*sessions.main);
    if (sessions.reference) {
      VERGE_TRY(sessions.feeder->Fill(content, spec_.reference_input, Inputs(*sessions.reference)).status());
      sessions.reference->Run();
      reference = Outputs(*sessions.reference);
    } else {
      for (size_t i = 0; i < content.wants.size(); ++i) {
        Tensor want = content.wants[i].tensor();
        if (i < outputs.size() && outputs[i].dtype() == want.dtype()) want.type.quant = outputs[i].type.quant;
        reference.push_back(want);
      }
    }
    return task_.Judge(index, {data_.items[index], content, placement, inputs, outputs, reference});
  }

  const Spec& spec_;
  const EvaluateOptions& options_;
  Models models_;
  const Dataset& data_;
  Task& task_;
  std::vector<Status> failures_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> has_failed_{false};
  std::mutex progress_mutex_;
  size_t done_ = 0;
};

Result<Models> OpenAll(const Spec& spec, const OpenModel& open) {
  Models models;
  VERGE_TRY_ASSIGN(models.main, open(spec.model));
  if (!spec.reference.empty()) {
    VERGE_TRY_ASSIGN(models.reference, open(spec.reference));
  }
  if (!spec.input.front_end.empty()) {
    VERGE_TRY_ASSIGN(models.front_end, open(spec.input.front_end));
  }
  for (const ModelPtr& model : {models.main, models.reference, models.front_end}) {
    if (model != nullptr && (model->inputs().empty() || model->outputs().empty())) {
      return VERGE_ERROR(kInvalidArgument, std::string(model->name()) + ": a model without inputs or outputs");
    }
  }
  const bool is_npz = spec.data.kind == DataKind::kNpz;
  if (!is_npz && models.main->inputs().size() != 1) {
    return VERGE_ERROR(kUnsupported, spec.model + " has " + std::to_string(models.main->inputs().size()) +
                                         " inputs; pictures, tensors and recordings fill one, .npz data all of them");
  }
  return models;
}

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

const char* VerdictName(Verdict verdict) {
  constexpr const char* kNames[] = {"passed", "failed", "pending"};
  return kNames[static_cast<size_t>(verdict)];
}

Result<std::unique_ptr<Task>> MakeTask(const Spec& spec, const Dataset& data) {
  switch (spec.task) {
    case TaskKind::kClassify: return MakeClassify(spec, data);
    case TaskKind::kDetect: return MakeDetect(spec, data);
    case TaskKind::kSegment: return MakeSegment(spec, data);
    case TaskKind::kKeypoints: return MakeKeypoints(spec, data);
    case TaskKind::kAnomaly: return MakeAnomaly(spec, data);
    case TaskKind::kAgreement: return MakeAgreement(spec, data);
    case TaskKind::kCtc: return MakeCtc(spec, data);
    case TaskKind::kCustom: return MakeCustom(spec, data);
  }
  return VERGE_ERROR(kInternal, "unknown task");
}

Result<Tensor> OutputAt(const Run& run, int64_t index) {
  if (index >= 0 && static_cast<size_t>(index) < run.outputs.size()) return run.outputs[static_cast<size_t>(index)];
  return VERGE_ERROR(kInvalidArgument, "output.index: the model has " + std::to_string(run.outputs.size()) +
                                           " outputs, there is no number " + std::to_string(index));
}

std::string Unmet(const std::vector<Requirement>& requirements, const std::vector<Figure>& figures) {
  for (const Requirement& requirement : requirements) {
    const auto figure =
        std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == requirement.figure; });
    if (figure == figures.end()) {
      std::string known;
      for (const Figure& f : figures) known += (known.empty() ? "" : ", ") + f.name;
      return "require." + requirement.figure + ": no such figure; there are " + known;
    }
    if (figure->value >= requirement.min && figure->value <= requirement.max) continue;
    const bool is_low = !(figure->value >= requirement.min);
    return figure->name + " is " + Short(figure->value) + ", required is " + (is_low ? "at least " : "at most ") +
           Short(is_low ? requirement.min : requirement.max);
  }
  return "";
}

Result<Measurement> Measure(const Spec& spec, const EvaluateOptions& options) {
  Measurement measured;
  VERGE_TRY_ASSIGN(Models models, OpenAll(spec, options.open));
  VERGE_TRY_ASSIGN(SplitData split, ReadSplit(spec.data));
  Dataset& data = split.judged;
  measured.is_whole = options.limit == 0 || options.limit >= data.items.size();
  if (!measured.is_whole) data.items = Spread(data.items, options.limit);
  measured.items = data.items.size();
  VERGE_TRY_ASSIGN(const std::unique_ptr<Task> task, MakeTask(spec, data));
  VERGE_TRY_ASSIGN(const auto pool, sys::ThreadPool::Create(options.threads));
  Runner runner(spec, options, std::move(models), data, *task);
  VERGE_TRY(runner.RunAll(*pool));
  VERGE_TRY_ASSIGN(measured.figures, task->Figures());
  measured.results = task->Results();
  return measured;
}

Report Evaluate(const Spec& spec, const EvaluateOptions& options) {
  Report report;
  report.spec = spec;
  Result<Measurement> measured = Measure(spec, options);
  std::string problem;
  if (measured.ok()) {
    report.figures = std::move(measured->figures);
    report.items = measured->items;
    report.is_whole = measured->is_whole;
    if (report.is_whole) problem = Unmet(spec.requirements, report.figures);
  } else {
    problem = measured.status().ToString();
  }
  if (spec.pending.empty()) {
    report.verdict = problem.empty() ? Verdict::kPassed : Verdict::kFailed;
    report.message = problem;
  } else if (problem.empty()) {
    report.message = "is listed as pending, but passes: take the line `pending` out of its file";
  } else {
    report.verdict = Verdict::kPending;
    report.message = spec.pending + " (now: " + problem + ")";
  }
  return report;
}

}  // namespace verge::eval
