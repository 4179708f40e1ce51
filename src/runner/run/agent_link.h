// The runner's end of the socket pair to the agent. docs/formats/runner-protocol.md.
//
// Sends     Hello when opened, then whatever it is told. A Send returns when the bytes are in the socket.
// Events    counted as unstored until the agent says `stored`; at kMaxUnstored Send waits, so memory and the socket
// stay
//           bounded and the pipeline slows down instead of losing events.
// Ends      `on_stop` is called once, from the link's thread, when the agent says stop, goes away, or breaks the
// protocol. Threads   any thread may Send; one thread inside reads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/status.h"
#include "proto/runner.h"
#include "sys/file/unique_fd.h"

namespace verge::runner {

class AgentLink {
 public:
  static constexpr int64_t kMaxUnstored = 4096;

  // Takes the descriptor over. `on_stop` must be safe to call until the link is destroyed.
  static Result<std::unique_ptr<AgentLink>> Open(int fd, const proto::Hello& hello, std::function<void()> on_stop);
  ~AgentLink();

  // kCancelled when the agent is gone.
  Status Send(const proto::RunnerEvent& event);
  Status SendText(const std::string& json);

  // Waits until every event sent is stored; false after `timeout_ms` or when the agent is gone.
  bool WaitStored(int64_t timeout_ms);
  // The agent went away or sent what nobody can read: nothing can be delivered any more.
  bool is_broken() const;
  bool stop_requested() const;

 private:
  AgentLink(int fd, std::function<void()> on_stop) : fd_(fd), on_stop_(std::move(on_stop)) {}

  void ReadLoop();
  // False: the connection is of no more use.
  bool Handle(std::string_view payload);
  void Break();

  sys::UniqueFd fd_;
  std::function<void()> on_stop_;
  std::thread reader_;
  std::mutex write_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int64_t last_sent_ = 0;
  int64_t last_stored_ = 0;
  bool is_broken_ = false;
  bool stop_requested_ = false;
};

}  // namespace verge::runner
