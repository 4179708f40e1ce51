#include "runner/pipeline/pipeline.h"

#include <algorithm>
#include <thread>

namespace verge::runner::pipeline {

Pipeline::~Pipeline() = default;

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
