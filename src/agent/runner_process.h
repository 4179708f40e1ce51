// One running verge-runner: its process, its socket pair, what it said last. docs/formats/runner-protocol.md.
//
// Trust     every byte from the runner is hostile: a malformed frame or message is an error, and the caller kills it.
// Threads   the loop's thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "proto/frame.h"
#include "proto/runner.h"
#include "sys/clock/clock.h"
#include "sys/process/process.h"

namespace verge::agent {

struct RunSpec {
  std::string app;
  int64_t version = 0;
  std::string slot;
  friend bool operator==(const RunSpec&, const RunSpec&) = default;
};

struct RunCommand {
  std::string runner_path;
  std::string slot_dir;
  std::string data_dir;
  std::vector<std::string> params;  // "name=value"
};

class RunnerProcess {
 public:
  static Result<std::unique_ptr<RunnerProcess>> Start(const RunSpec& spec, const RunCommand& command,
                                                      const sys::Clock& clock);

  int socket_fd() const { return socket_.get(); }  // -1 once it has ended
  int pidfd() const { return process_.pidfd(); }
  bool wants_write() const { return !out_.empty(); }

  // Reads what has come, at most 1 MiB a call; new events are appended to unstored().
  Status OnReadable();
  Status OnWritable();
  // Events that are not durable yet. While there are any, do not read on: then they stay few.
  const std::vector<proto::RunnerEvent>& unstored() const { return unstored_; }
  // All of them are durable now.
  void ConfirmStored();
  // Asks it to end; Poll makes sure that it does within the limit.
  void Stop(int64_t limit_ms);
  void Kill();
  // How it ended; empty while it runs. Call often: it also enforces the time to stop.
  Result<std::optional<sys::ExitStatus>> Poll();

  const RunSpec& spec() const { return spec_; }
  bool is_ready() const { return ready_ms_ >= 0; }
  bool is_stopping() const { return stop_ms_ >= 0; }
  bool has_finished() const { return finished_; }
  int64_t start_ms() const { return start_ms_; }
  int64_t ready_ms() const { return ready_ms_; }
  // When it last gave a sign of life.
  int64_t alive_ms() const { return alive_ms_; }
  const std::optional<proto::Heartbeat>& heartbeat() const { return heartbeat_; }
  // What its monitors said since the last call.
  std::vector<proto::QualityReport> TakeQuality() { return std::exchange(quality_, {}); }
  // What it said before it ended with an error; may be "".
  const std::string& error() const { return error_; }

 private:
  RunnerProcess(RunSpec spec, sys::Process process, sys::UniqueFd socket, const sys::Clock& clock);
  Status OnMessage(const std::string& text);
  void Queue(const std::string& json);

  RunSpec spec_;
  sys::Process process_;
  sys::UniqueFd socket_;
  const sys::Clock& clock_;
  proto::FrameDecoder decoder_;
  std::string out_;
  std::vector<proto::RunnerEvent> unstored_;
  int64_t last_id_ = 0;
  bool greeted_ = false;
  bool finished_ = false;
  int64_t start_ms_;
  int64_t ready_ms_ = -1;
  int64_t alive_ms_;
  int64_t stop_ms_ = -1;
  int64_t stop_limit_ms_ = 0;
  std::vector<proto::QualityReport> quality_;
  std::optional<proto::Heartbeat> heartbeat_;
  std::string error_;
};

}  // namespace verge::agent
