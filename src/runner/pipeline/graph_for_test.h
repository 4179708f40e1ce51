// Small graphs of made-up elements, without files: for tests and benchmarks of the scheduler.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runner/pipeline/scheduler.h"

namespace verge::runner::pipeline {

// Gives packets at these media times, each with its index as frame.
class ListSource final : public Source {
 public:
  explicit ListSource(std::vector<int64_t> times_us) : times_us_(std::move(times_us)) {}
  Result<bool> Next(Packet& packet) override {
    if (next_ == times_us_.size() || is_stopping_.load()) return false;
    packet.frame = static_cast<int64_t>(next_);
    packet.media_us = times_us_[next_++];
    return true;
  }
  void Stop() override { is_stopping_.store(true); }

 private:
  std::vector<int64_t> times_us_;
  size_t next_ = 0;
  std::atomic<bool> is_stopping_{false};
};

class FunctionStage final : public Stage {
 public:
  using Function = std::function<Status(Packet, Outlet&)>;
  explicit FunctionStage(Function function) : function_(std::move(function)) {}
  Status Process(Packet packet, Outlet& out) override { return function_(std::move(packet), out); }
  Status Advance(int64_t media_us, Outlet& /*out*/) override {
    advanced_us = media_us;
    return Status::Ok();
  }
  int64_t advanced_us = -1;

 private:
  Function function_;
};

class TestGraph {
 public:
  Node& AddSource(std::string id, std::unique_ptr<Source> source, bool has_own_thread = false) {
    Node& node = Add(std::move(id));
    node.source = std::move(source);
    node.has_own_thread = has_own_thread;
    return node;
  }
  Node& AddStage(std::string id, std::vector<Node*> from, FunctionStage::Function function, size_t capacity = 4,
                 bool may_drop = false) {
    Node& node = Add(std::move(id));
    node.stage = std::make_unique<FunctionStage>(std::move(function));
    for (Node* input : from) {
      input->readers.push_back({&node, node.inputs.size()});
      node.inputs.emplace_back(capacity, may_drop);
    }
    return node;
  }
  Status Run(size_t workers, int64_t max_frames = 0) {
    Scheduler scheduler(nodes_, frames_);
    return scheduler.Run(max_frames, workers);
  }
  std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  std::atomic<int64_t>& frames() { return frames_; }

 private:
  Node& Add(std::string id) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_.back()->id = std::move(id);
    return *nodes_.back();
  }
  std::vector<std::unique_ptr<Node>> nodes_;
  std::atomic<int64_t> frames_{0};
};

inline Status PassOn(Packet packet, Outlet& out) {
  out.Give(std::move(packet));
  return Status::Ok();
}

}  // namespace verge::runner::pipeline
