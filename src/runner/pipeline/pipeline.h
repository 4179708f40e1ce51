// A pipeline: elements as pipeline.yaml lists them, connected by bounded queues, run by one scheduler (scheduler.h).
//
// Order     every element sees packets in the order of media time, whatever the speed.
// Losing    what comes from a recording is never lost: a full queue makes the producer wait. A live source's frames and
//           tensors drop to the newest; what has become objects, and samples, are never dropped.
// Errors    Read: `pipeline.yaml:line: field: expected X, got Y`, before anything runs. Run: the first element that
//           failed.
// Threads   Run blocks; Stop and Stats may be called from any thread while it does.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/yaml.h"
#include "runner/pipeline/element.h"
#include "runner/pipeline/node.h"
#include "runner/pipeline/scheduler.h"
#include "runner/pipeline/services.h"
#include "runner/stats/stats.h"

namespace verge::runner::pipeline {

inline constexpr size_t kMaxElements = 64;
inline constexpr size_t kQueueCapacity = 4;

// Of one element, for people who want to see the graph.
struct ElementInfo {
  std::string id;
  std::string type;
  std::vector<std::string> from;
  const Port* output = nullptr;  // null: a sink. Lives as long as the pipeline
  bool may_drop = false;         // its queues keep the newest only
};

class Pipeline {
 public:
  // Makes every element. `services` outlives the pipeline.
  static Result<std::unique_ptr<Pipeline>> Read(const yaml::Document& document, Services& services);
  ~Pipeline();

  // Before Run: `tap` sees what these elements give (none named: the sources) and outlives the pipeline. The answer is
  // what it will see. kInvalidArgument: no such element, or what it gives cannot be recorded.
  Result<std::vector<RecordedStream>> Record(const std::vector<std::string>& ids, PacketTap& tap);

  // Runs to the end of the sources, to Stop, or to the first error. `max_frames` > 0 stops after so many packets of the
  // sources. `workers` 0: as many as the machine has cores, at most 4. Once only.
  Status Run(int64_t max_frames, size_t workers = 0);
  // The sources stop; what is under way is finished.
  void Stop();
  // One entry an element, in file order.
  std::vector<ElementStats> Stats() const;
  std::vector<ElementInfo> Elements() const;
  // Packets the sources have given.
  int64_t frames() const { return frames_.load(); }

 private:
  Pipeline() = default;
  friend class PipelineReader;

  std::vector<std::unique_ptr<Node>> nodes_;
  std::atomic<int64_t> frames_{0};
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace verge::runner::pipeline
