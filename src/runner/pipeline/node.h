// One element in its place in the graph. Internal to the pipeline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runner/pipeline/element.h"
#include "runner/pipeline/inbox.h"
#include "runner/stats/stats.h"

namespace verge::runner::pipeline {

struct Node {
  struct Reader {
    Node* node;
    size_t input;
  };

  // Fixed once the graph is made.
  std::string id;
  const ElementType* type = nullptr;
  Port output;
  bool is_sink = false;
  bool has_own_thread = false;  // a source that waits for the world
  bool is_recorded = false;
  std::unique_ptr<Source> source;
  std::unique_ptr<Stage> stage;
  std::vector<std::string> from;
  std::vector<Reader> readers;
  StatsCell stats;

  // Under the scheduler's lock while it runs.
  std::vector<Inbox> inputs;
  bool is_running = false;
  bool is_done = false;
  int64_t reached_us = INT64_MIN;  // media time of what it gave last
};

}  // namespace verge::runner::pipeline
