// Numbers the events of a run and passes them on: to the agent, to a file, or to both.
//
// Threads   Emit from any thread; events reach the receivers in the order of their ids.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "runner/pipeline/services.h"
#include "sys/file/output_file.h"

namespace verge::runner {

class AgentLink;

class EventHub final : public pipeline::EventSink {
 public:
  // `link` may be null and is borrowed. `file` gets one JSON line an event.
  EventHub(AgentLink* link, std::optional<sys::OutputFile> file) : link_(link), file_(std::move(file)) {}

  Status Emit(proto::RunnerEvent event) override;
  int64_t count() const;

 private:
  mutable std::mutex mutex_;
  AgentLink* link_;
  std::optional<sys::OutputFile> file_;
  int64_t last_id_ = 0;
};

}  // namespace verge::runner
