// A pipeline: elements as pipeline.yaml lists them, connected by bounded queues, one thread each.
//
// Order     every element sees packets in the order of the source.
// Losing    recordings never lose a packet: a full queue makes the producer wait. A live source's frames and tensors
// drop
//           to the newest; once a frame has become objects it is never dropped.
// Errors    Read: `pipeline.yaml:line: field: expected X, got Y`, before anything runs. Run: the first element that
// failed. Threads   Run blocks; Stop and Stats may be called from any thread while it does.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "format/yaml/yaml.h"
#include "runner/pipeline/element.h"
#include "runner/pipeline/queue.h"
#include "runner/pipeline/services.h"
#include "runner/stats/stats.h"

namespace verge::runner::pipeline {

inline constexpr size_t kMaxElements = 64;
inline constexpr size_t kQueueCapacity = 4;

class Pipeline {
 public:
  // Makes every element. `services` outlives the pipeline.
  static Result<std::unique_ptr<Pipeline>> Read(const yaml::Document& document, Services& services);
  ~Pipeline();

  // Runs to the end of the source, to Stop, or to the first error. `max_frames` > 0 stops after so many. Once only.
  Status Run(int64_t max_frames);
  // The source stops; what is under way is finished.
  void Stop();
  // One entry an element, in file order.
  std::vector<ElementStats> Stats() const;
  // Packets the source has given.
  int64_t frames() const { return frames_.load(); }

 private:
  struct Node {
    std::string id;
    const ElementType* type = nullptr;
    Port output;
    bool is_sink = false;
    std::unique_ptr<Source> source;
    std::unique_ptr<Stage> stage;
    std::unique_ptr<Queue> input;  // null for the source
    std::vector<Node*> readers;
    StatsCell stats;
  };

  Pipeline() = default;
  friend class PipelineReader;

  Status RunSource(Node& node, int64_t max_frames);
  Status RunStage(Node& node);
  static void Deliver(Node& node, Packet packet);
  void Abort();

  std::vector<std::unique_ptr<Node>> nodes_;
  std::atomic<int64_t> frames_{0};
  std::atomic<bool> is_stopping_{false};
};

}  // namespace verge::runner::pipeline
