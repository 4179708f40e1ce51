#include "agent/runner_process.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "sys/file/file.h"

namespace verge::agent {
namespace {

constexpr int kAgentFd = 3;
constexpr size_t kMaxOutBytes = 64 * 1024;  // a runner that never reads gets no more
constexpr int kReadsPerCall = 16;

}  // namespace

RunnerProcess::RunnerProcess(RunSpec spec, sys::Process process, sys::UniqueFd socket, const sys::Clock& clock)
    : spec_(std::move(spec)),
      process_(std::move(process)),
      socket_(std::move(socket)),
      clock_(clock),
      start_ms_(clock.MonotonicMs()),
      alive_ms_(start_ms_) {}

Result<std::unique_ptr<RunnerProcess>> RunnerProcess::Start(const RunSpec& spec, const RunCommand& command,
                                                            const sys::Clock& clock) {
  VERGE_TRY_ASSIGN(auto pair, sys::SocketPair());
  if (fcntl(pair.first.get(), F_SETFL, O_NONBLOCK) != 0) return sys::ErrnoStatus(errno, "socket pair", "set up");
  sys::SpawnOptions options;
  options.argv = {command.runner_path, "--app",      command.slot_dir,        "--data",
                  command.data_dir,    "--agent-fd", std::to_string(kAgentFd)};
  for (const std::string& param : command.params) options.argv.insert(options.argv.end(), {"--param", param});
  options.fds = {{pair.second.get(), kAgentFd}};
  options.dies_with_parent = true;
  VERGE_TRY_ASSIGN(sys::Process process, sys::Process::Spawn(options));
  return std::unique_ptr<RunnerProcess>(new RunnerProcess(spec, std::move(process), std::move(pair.first), clock));
}

Status RunnerProcess::OnReadable() {
  std::array<char, 65536> buffer{};
  for (int i = 0; i < kReadsPerCall && socket_.valid(); ++i) {
    const ssize_t n = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0) {  // it closed its end: Poll tells how it ended
      socket_.Reset();
      break;
    }
    decoder_.Feed({buffer.data(), static_cast<size_t>(n)});
    while (true) {
      VERGE_TRY_ASSIGN(const std::optional<std::string> frame, decoder_.Next());
      if (!frame) break;
      VERGE_TRY(OnMessage(*frame));
    }
  }
  return Status::Ok();
}

Status RunnerProcess::OnMessage(const std::string& text) {
  VERGE_TRY_ASSIGN(proto::RunnerMessage message, proto::ParseRunnerMessage(text));
  alive_ms_ = clock_.MonotonicMs();
  if (const auto* hello = std::get_if<proto::Hello>(&message)) {
    if (hello->protocol != 1 || hello->app != spec_.app || hello->version != spec_.version) {
      return VERGE_ERROR(kDataLoss, "the runner says it is " + hello->app + ":" + std::to_string(hello->version));
    }
    greeted_ = true;
    return Status::Ok();
  }
  if (!greeted_) return VERGE_ERROR(kDataLoss, "the runner's first message is no hello");
  if (std::holds_alternative<proto::Ready>(message)) {
    if (!is_ready()) ready_ms_ = alive_ms_;
  } else if (auto* heartbeat = std::get_if<proto::Heartbeat>(&message)) {
    heartbeat_ = std::move(*heartbeat);
  } else if (auto* event = std::get_if<proto::RunnerEvent>(&message)) {
    if (event->id != last_id_ + 1) return VERGE_ERROR(kDataLoss, "the runner's event ids have a hole");
    last_id_ = event->id;
    unstored_.push_back(std::move(*event));
  } else if (auto* quality = std::get_if<proto::QualityReport>(&message)) {
    quality_.push_back(std::move(*quality));
  } else if (std::holds_alternative<proto::Finished>(message)) {
    finished_ = true;
  } else if (auto* error = std::get_if<proto::RunnerError>(&message)) {
    error_ = std::move(error->message);
  }
  return Status::Ok();
}

void RunnerProcess::Queue(const std::string& json) {
  const Result<std::string> frame = proto::EncodeFrame(json);
  if (frame.ok()) out_ += *frame;
}

Status RunnerProcess::OnWritable() {
  while (!out_.empty() && socket_.valid()) {
    const ssize_t n = send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Status::Ok();
    if (n < 0) {
      socket_.Reset();
      return Status::Ok();
    }
    out_.erase(0, static_cast<size_t>(n));
  }
  return Status::Ok();
}

void RunnerProcess::ConfirmStored() {
  unstored_.clear();
  alive_ms_ = clock_.MonotonicMs();        // it may have waited for us
  if (out_.size() > kMaxOutBytes) return;  // a later, higher one says it too
  Queue(proto::ToJson(proto::Stored{last_id_}));
  (void)OnWritable().ok();  // what does not fit now goes out when the loop says so
}

void RunnerProcess::Stop(int64_t limit_ms) {
  if (is_stopping()) return;
  stop_limit_ms_ = limit_ms;
  stop_ms_ = clock_.MonotonicMs();
  Queue(proto::ToJson(proto::Stop{}));
  (void)OnWritable().ok();
}

void RunnerProcess::Kill() { (void)process_.Kill(SIGKILL).ok(); }

Result<std::optional<sys::ExitStatus>> RunnerProcess::Poll() {
  if (is_stopping() && clock_.MonotonicMs() - stop_ms_ > stop_limit_ms_) Kill();
  return process_.Poll();
}

}  // namespace verge::agent
