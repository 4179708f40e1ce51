#include "runner/run/agent_link.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "proto/frame.h"

namespace verge::runner {

Result<std::unique_ptr<AgentLink>> AgentLink::Open(int fd, const proto::Hello& hello, std::function<void()> on_stop) {
  std::unique_ptr<AgentLink> link(new AgentLink(fd, std::move(on_stop)));
  VERGE_TRY(link->SendText(proto::ToJson(hello)));
  link->reader_ = std::thread([raw = link.get()] { raw->ReadLoop(); });
  return link;
}

AgentLink::~AgentLink() {
  // Wakes the reader; what was sent before still reaches the agent.
  if (fd_.valid()) shutdown(fd_.get(), SHUT_RD);
  if (reader_.joinable()) reader_.join();
}

Status AgentLink::SendText(const std::string& json) {
  VERGE_TRY_ASSIGN(const std::string frame, proto::EncodeFrame(json));
  const std::lock_guard lock(write_mutex_);
  size_t sent = 0;
  while (sent < frame.size()) {
    const ssize_t n = send(fd_.get(), frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      Break();
      return VERGE_ERROR(kCancelled, "the agent is gone");
    }
    sent += static_cast<size_t>(n);
  }
  return Status::Ok();
}

Status AgentLink::Send(const proto::RunnerEvent& event) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_broken_ || last_sent_ - last_stored_ < kMaxUnstored; });
    if (is_broken_) return VERGE_ERROR(kCancelled, "the agent is gone");
    last_sent_ = event.id;
  }
  return SendText(proto::ToJson(event));
}

void AgentLink::Break() {
  {
    const std::lock_guard lock(mutex_);
    is_broken_ = true;
  }
  changed_.notify_all();
}

bool AgentLink::Handle(std::string_view payload) {
  const Result<proto::AgentMessage> message = proto::ParseAgentMessage(payload);
  if (!message.ok()) return false;
  if (const auto* stored = std::get_if<proto::Stored>(&*message)) {
    const std::lock_guard lock(mutex_);
    if (stored->id > last_sent_) return false;
    last_stored_ = std::max(last_stored_, stored->id);
  } else if (std::holds_alternative<proto::Stop>(*message)) {
    {
      const std::lock_guard lock(mutex_);
      stop_requested_ = true;
    }
    on_stop_();
  }
  changed_.notify_all();
  return true;
}

void AgentLink::ReadLoop() {
  proto::FrameDecoder decoder;
  std::array<char, 4096> buffer;
  bool is_usable = true;
  while (is_usable) {
    const ssize_t n = recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    decoder.Feed({buffer.data(), static_cast<size_t>(n)});
    while (is_usable) {
      const Result<std::optional<std::string>> payload = decoder.Next();
      if (payload.ok() && !payload->has_value()) break;
      is_usable = payload.ok() && Handle(**payload);
    }
  }
  Break();
  on_stop_();
}

bool AgentLink::WaitStored(int64_t timeout_ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                    [this] { return is_broken_ || last_stored_ >= last_sent_; });
  return last_stored_ >= last_sent_;
}

bool AgentLink::is_broken() const {
  const std::lock_guard lock(mutex_);
  return is_broken_;
}

bool AgentLink::stop_requested() const {
  const std::lock_guard lock(mutex_);
  return stop_requested_;
}

}  // namespace verge::runner
