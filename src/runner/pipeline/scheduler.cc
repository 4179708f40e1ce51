#include "runner/pipeline/scheduler.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "runner/pipeline/packet_tap.h"

namespace verge::runner::pipeline {
namespace {

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Whether the head of `input` may go before what another input may still bring.
bool MayGoBefore(const Packet& head, size_t input, const Inbox& other, size_t other_input) {
  if (other.is_closed() && other.is_empty()) return true;
  const int64_t next_us = other.is_empty() ? other.reached_us() : other.front().media_us;
  if (next_us != head.media_us) return next_us > head.media_us;
  return other_input > input;
}

}  // namespace

Status Stage::Advance(int64_t /*media_us*/, Outlet& /*out*/) { return Status::Ok(); }
Status Stage::Finish(Outlet& /*out*/) { return Status::Ok(); }

bool Scheduler::HasRoom(const Node& node) const {
  return std::all_of(node.readers.begin(), node.readers.end(), [](const Node::Reader& reader) {
    return reader.node->inputs[reader.input].HasRoom() || reader.node->is_done;
  });
}

bool Scheduler::IsReady(const Node& node, bool is_forced, size_t& input) {
  const std::vector<Inbox>& inputs = node.inputs;
  size_t best = inputs.size();
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].is_empty()) continue;
    if (best == inputs.size() || inputs[i].front().media_us < inputs[best].front().media_us) best = i;
  }
  input = best;
  if (best == inputs.size()) {  // nothing waits: ready to finish when nothing will come either
    return std::all_of(inputs.begin(), inputs.end(), [](const Inbox& inbox) { return inbox.is_closed(); });
  }
  if (is_forced) return true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (i != best && !MayGoBefore(inputs[best].front(), best, inputs[i], i)) return false;
  }
  return true;
}

Node* Scheduler::Choose(size_t& input) {
  for (size_t i = nodes_.size(); i-- > 0;) {
    Node& node = *nodes_[i];
    if (node.stage == nullptr || node.is_running || node.is_done || !HasRoom(node)) continue;
    if (IsReady(node, false, input)) return &node;
  }
  Node* behind = nullptr;
  for (const auto& node : nodes_) {
    if (node->source == nullptr || node->has_own_thread || node->is_running || node->is_done || !HasRoom(*node))
      continue;
    if (behind == nullptr || node->reached_us < behind->reached_us) behind = node.get();
  }
  if (behind != nullptr || running_ > 0) return behind;
  // Nothing runs and nothing can. Unless a source with its own thread may still change that, a merge must give way.
  const bool may_change = std::any_of(nodes_.begin(), nodes_.end(), [this](const auto& node) {
    return node->has_own_thread && !node->is_done && HasRoom(*node);
  });
  if (may_change) return nullptr;
  for (const auto& node : nodes_) {
    if (node->stage != nullptr && !node->is_done && HasRoom(*node) && IsReady(*node, true, input)) return node.get();
  }
  return nullptr;
}

void Scheduler::Fail(const Node& node, Status status) {
  if (first_error_.ok()) first_error_ = std::move(status).WithContext(node.id);
  is_stopping_ = true;
  for (const auto& other : nodes_) {
    if (other->source != nullptr) other->source->Stop();
  }
}

void Scheduler::Close(Node& node) {
  node.is_done = true;
  --undone_;
  for (const Node::Reader& reader : node.readers) reader.node->inputs[reader.input].Close();
}

// Hands out what a node gave; a mark at `mark_us` when it gave nothing.
Status Scheduler::Give(Node& node, std::vector<Packet>& packets, int64_t mark_us) {
  if (packets.empty()) {
    if (node.readers.empty()) return Status::Ok();
    Packet& mark = packets.emplace_back();
    mark.is_mark = true;
    mark.media_us = mark_us;
  }
  for (Packet& packet : packets) {
    node.reached_us = std::max(node.reached_us, packet.media_us);
    if (node.is_recorded && tap_ != nullptr) VERGE_TRY(tap_->Take(node.id, packet));
    for (size_t i = 0; i < node.readers.size(); ++i) {
      const Node::Reader& reader = node.readers[i];
      if (reader.node->is_done) continue;
      Packet given = i + 1 == node.readers.size() ? std::move(packet) : packet;
      given.input = static_cast<uint32_t>(reader.input);
      const size_t dropped = reader.node->inputs[reader.input].Push(std::move(given));
      if (dropped > 0) reader.node->stats.AddDrops(dropped);
    }
  }
  return Status::Ok();
}

void Scheduler::StepSource(Node& node, Lock& lock) {
  if (IsSourceEnded()) return Close(node);
  lock.unlock();
  std::vector<Packet> packets(1);
  const int64_t start_us = NowUs();
  const Result<bool> has_packet = node.source->Next(packets[0]);
  const int64_t end_us = NowUs();
  packets[0].born_us = end_us;
  const bool is_packet = has_packet.ok() && *has_packet && !packets[0].is_mark;
  if (is_packet) node.stats.AddRun(end_us - start_us, 0);
  lock.lock();
  if (!has_packet.ok()) {
    Fail(node, has_packet.status());
  } else if (*has_packet) {
    if (is_packet) frames_.fetch_add(1);
    Status status = Give(node, packets, 0);
    if (!status.ok()) Fail(node, std::move(status));
    return;
  }
  Close(node);
}

void Scheduler::StepStage(Node& node, size_t input, Lock& lock) {
  if (input == node.inputs.size()) return FinishStage(node, lock);
  Packet packet = node.inputs[input].Pop();
  lock.unlock();
  const int64_t media_us = packet.media_us;
  const int64_t born_us = packet.born_us;
  const bool is_mark = packet.is_mark;
  Outlet out(media_us);
  const int64_t start_us = NowUs();
  Status status = is_mark ? node.stage->Advance(media_us, out) : node.stage->Process(std::move(packet), out);
  const int64_t end_us = NowUs();
  if (!is_mark) node.stats.AddRun(end_us - start_us, end_us - born_us);
  for (Packet& given : out.packets()) {
    if (given.born_us == 0) given.born_us = is_mark ? start_us : born_us;
  }
  lock.lock();
  if (status.ok()) status = Give(node, out.packets(), media_us);
  if (!status.ok()) Fail(node, std::move(status));
}

void Scheduler::FinishStage(Node& node, Lock& lock) {
  Outlet out(node.reached_us);
  lock.unlock();
  Status status = node.stage->Finish(out);
  lock.lock();
  if (status.ok() && !out.packets().empty()) status = Give(node, out.packets(), 0);
  if (!status.ok()) Fail(node, std::move(status));
  Close(node);
}

void Scheduler::Work() {
  Lock lock(mutex_);
  while (undone_ > 0 && first_error_.ok()) {
    size_t input = 0;
    Node* const node = Choose(input);
    if (node == nullptr) {
      changed_.wait(lock);
      continue;
    }
    node->is_running = true;
    ++running_;
    if (node->source != nullptr) {
      StepSource(*node, lock);
    } else {
      StepStage(*node, input, lock);
    }
    node->is_running = false;
    --running_;
    changed_.notify_all();
  }
  changed_.notify_all();
}

void Scheduler::RunOwnThread(Node& node) {
  Lock lock(mutex_);
  while (!node.is_done && first_error_.ok()) {
    changed_.wait(lock, [&] { return HasRoom(node) || IsSourceEnded() || !first_error_.ok(); });
    if (!first_error_.ok()) break;
    StepSource(node, lock);
    changed_.notify_all();
  }
}

Status Scheduler::Run(int64_t max_frames, size_t workers) {
  max_frames_ = max_frames;
  undone_ = nodes_.size();
  std::vector<std::thread> threads;
  for (const auto& node : nodes_) {
    if (node->has_own_thread) threads.emplace_back([this, &node] { RunOwnThread(*node); });
  }
  for (size_t i = 1; i < workers; ++i) threads.emplace_back([this] { Work(); });
  Work();
  for (std::thread& thread : threads) thread.join();
  return first_error_;
}

void Scheduler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& node : nodes_) {
      if (node->source != nullptr) node->source->Stop();
    }
  }
  changed_.notify_all();
}

}  // namespace verge::runner::pipeline
