#include "runner/pipeline/pipeline.h"

#include <chrono>
#include <mutex>
#include <thread>

namespace verge::runner::pipeline {
namespace {

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Pipeline::~Pipeline() = default;

void Pipeline::Deliver(Node& node, Packet packet) {
  for (size_t i = 0; i < node.readers.size(); ++i) {
    Node& reader = *node.readers[i];
    const bool is_last = i + 1 == node.readers.size();
    const size_t dropped = reader.input->Push(is_last ? std::move(packet) : packet);
    if (dropped > 0) reader.stats.AddDrops(dropped);
  }
}

Status Pipeline::RunSource(Node& node, int64_t max_frames) {
  while (!is_stopping_.load() && (max_frames <= 0 || frames_.load() < max_frames)) {
    Packet packet;
    const int64_t start_us = NowUs();
    VERGE_TRY_ASSIGN(const bool has_packet, node.source->Next(packet));
    if (!has_packet) break;
    node.stats.AddRun(NowUs() - start_us);
    frames_.fetch_add(1);
    Deliver(node, std::move(packet));
  }
  return Status::Ok();
}

Status Pipeline::RunStage(Node& node) {
  while (std::optional<Packet> packet = node.input->Pop()) {
    const int64_t start_us = NowUs();
    VERGE_TRY(node.stage->Process(*packet));
    node.stats.AddRun(NowUs() - start_us);
    Deliver(node, *std::move(packet));
  }
  return node.stage->Finish();
}

void Pipeline::Abort() {
  Stop();
  for (const auto& node : nodes_) {
    if (node->input != nullptr) node->input->Abort();
  }
}

Status Pipeline::Run(int64_t max_frames) {
  std::mutex mutex;
  Status first_error;
  std::vector<std::thread> threads;
  for (const auto& owned : nodes_) {
    Node* const node = owned.get();
    threads.emplace_back([this, node, max_frames, &mutex, &first_error] {
      Status status = node->source != nullptr ? RunSource(*node, max_frames) : RunStage(*node);
      if (!status.ok()) {
        Abort();
        const std::lock_guard lock(mutex);
        if (first_error.ok()) first_error = std::move(status).WithContext(node->id);
      }
      for (Node* reader : node->readers) reader->input->Close();
    });
  }
  for (std::thread& thread : threads) thread.join();
  return first_error;
}

void Pipeline::Stop() {
  is_stopping_.store(true);
  for (const auto& node : nodes_) {
    if (node->source != nullptr) node->source->Stop();
  }
}

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

}  // namespace verge::runner::pipeline
