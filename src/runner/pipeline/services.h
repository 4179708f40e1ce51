// What elements may use of the app and of the runner around them. Outlives the pipeline.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "format/app/app.h"
#include "proto/runner.h"
#include "runner/model/model_store.h"
#include "runner/pipeline/recording.h"
#include "runner/report/collector.h"
#include "runner/rules/rule_set.h"
#include "runner/types.h"

namespace verge::runner::pipeline {

// Where events go: to the agent, to a file. Gives them their id. Safe to call from several threads.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual Status Emit(proto::RunnerEvent event) = 0;
};

// Sees what models are about to read. Safe to call from several threads; kCancelled: it has seen enough, the run ends.
class InputTap {
 public:
  virtual ~InputTap() = default;
  virtual Status See(const std::string& model, const runtime::Session& session) = 0;
};

// Sees what an app's monitors watch. Safe to call from several threads. An error ends the run.
class QualityWatch {
 public:
  virtual ~QualityWatch() = default;
  // Before and after a run of the model.
  virtual Status SeeInputs(const std::string& model, const runtime::Session& session) = 0;
  virtual Status SeeOutputs(const std::string& model, const runtime::Session& session) = 0;
  // What the decoder found in one frame.
  virtual Status SeeObjects(const std::vector<Object>& objects) = 0;
  // How many rules became true at this media time, also when it is none.
  virtual Status SeeFirings(int64_t media_us, size_t count) = 0;
};

struct Services {
  const app::App& app;
  std::string app_dir;
  std::string data_dir;  // empty: nothing may be kept
  ModelStore& models;
  const rules::RuleSet* rules = nullptr;  // null: the app has none
  EventSink& events;
  InputTap* tap = nullptr;              // null: nobody looks
  QualityWatch* quality = nullptr;      // null: the app has no monitors
  report::Collector* report = nullptr;  // null: no report wanted
  const Recording* replay = nullptr;    // played in place of the sources; null: they are opened
  bool is_check = false;                // make everything, but open no source: for checks without a camera
  bool has_report = false;              // set when the pipeline has a report element

  bool OpensSources() const { return !is_check && replay == nullptr; }
  // A path that a source names: inside the app's folder when app.yaml lists it under `files`.
  std::string PathOf(const std::string& path) const;
  // For records. Of a replay it follows from the recording, so that every replay gives the same.
  int64_t WallMs(int64_t media_us) const;
};

}  // namespace verge::runner::pipeline
