#include "runner/pipeline/pipeline.h"

#include <algorithm>
#include <thread>

namespace verge::runner::pipeline {

Pipeline::~Pipeline() = default;

Result<std::vector<RecordedStream>> Pipeline::Record(const std::vector<std::string>& ids, PacketTap& tap) {
  std::vector<RecordedStream> streams;
  for (const auto& node : nodes_) {
    const bool is_wanted =
        ids.empty() ? node->type->accepts.empty() : std::find(ids.begin(), ids.end(), node->id) != ids.end();
    if (!is_wanted) continue;
    if (node->is_sink || !IsRecordable(node->output.kind)) {
      return VERGE_ERROR(kInvalidArgument,
                         "element '" + node->id + "' gives " +
                             (node->is_sink ? "nothing" : std::string(PortKindName(node->output.kind))) +
                             "; frames, samples, objects and tracks can be recorded");
    }
    node->is_recorded = true;
    streams.push_back({node->id, node->output});
  }
  if (streams.size() < ids.size()) return VERGE_ERROR(kInvalidArgument, "no element of that id in the pipeline");
  scheduler_->SetTap(&tap);
  return streams;
}

Status Pipeline::Run(int64_t max_frames, size_t workers) {
  constexpr size_t kMaxWorkers = 4;
  if (workers == 0) workers = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMaxWorkers);
  return scheduler_->Run(max_frames, std::min(workers, nodes_.size()));
}

void Pipeline::Stop() { scheduler_->Stop(); }

std::vector<ElementStats> Pipeline::Stats() const {
  std::vector<ElementStats> all;
  for (const auto& node : nodes_) {
    ElementStats stats = node->stats.Snapshot();
    stats.id = node->id;
    stats.type = node->type->name;
    all.push_back(std::move(stats));
  }
  return all;
}

std::vector<ElementInfo> Pipeline::Elements() const {
  std::vector<ElementInfo> all;
  for (const auto& node : nodes_) {
    all.push_back({node->id, node->type->name, node->from, node->is_sink ? nullptr : &node->output,
                   std::any_of(node->inputs.begin(), node->inputs.end(), [](const Inbox& i) { return i.may_drop(); })});
  }
  return all;
}

}  // namespace verge::runner::pipeline
