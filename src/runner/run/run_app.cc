#include "runner/run/run_app.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "runner/pipeline/elements/video/gst_stream.h"
#include "runner/pipeline/pipeline.h"
#include "runner/pipeline/recording.h"
#include "runner/quality/learner.h"
#include "runner/quality/monitors.h"
#include "runner/report/report.h"
#include "runner/run/agent_link.h"
#include "runner/run/app_files.h"
#include "runner/run/capture.h"
#include "runner/run/event_hub.h"
#include "runner/run/monitor_state.h"
#include "runner/sandbox/sandbox.h"
#include "sys/clock/clock.h"
#include "sys/file/file.h"
#include "sys/file/mapped_file.h"

namespace verge::runner {
namespace {

using Clock = std::chrono::steady_clock;

int64_t MsSince(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

// A report is shown to others: `rtsp://user:password@host/x` becomes `rtsp://***@host/x`, wherever it stands in `text`.
std::string WithoutUserInfo(std::string text) {
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t start = at + 3;
    const size_t end = std::min(text.find_first_of("/?# \t\"'", start), text.size());
    const size_t sign = text.substr(0, end).rfind('@');
    if (sign != std::string::npos && sign >= start) text.replace(start, sign - start, "***");
  }
  return text;
}

// Remembers that somebody wants the run to end, and tells the pipeline once there is one.
class StopSwitch {
 public:
  void Attach(pipeline::Pipeline* pipeline) {
    const std::lock_guard lock(mutex_);
    pipeline_ = pipeline;
    if (is_set_ && pipeline_ != nullptr) pipeline_->Stop();
  }
  void Set() {
    const std::lock_guard lock(mutex_);
    is_set_ = true;
    if (pipeline_ != nullptr) pipeline_->Stop();
  }
  bool is_set() const {
    const std::lock_guard lock(mutex_);
    return is_set_;
  }

 private:
  mutable std::mutex mutex_;
  pipeline::Pipeline* pipeline_ = nullptr;
  bool is_set_ = false;
};

// Turns SIGINT and SIGTERM into a Set, on a thread of its own.
class SignalWatcher {
 public:
  explicit SignalWatcher(StopSwitch& stop) {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &stop] {
      const timespec poll = {0, 100'000'000};
      while (!is_done_.load()) {
        if (sigtimedwait(&signals_, nullptr, &poll) > 0) stop.Set();
      }
    });
  }
  ~SignalWatcher() {
    is_done_.store(true);
    thread_.join();
  }

 private:
  sigset_t signals_;
  std::atomic<bool> is_done_{false};
  std::thread thread_;
};

// Every second: a heartbeat to the agent, or a line of progress for people. Every minute: the monitors' state.
class Ticker {
 public:
  Ticker(const pipeline::Pipeline& pipeline, const EventHub& events, AgentLink* link, MonitorState& state)
      : start_(Clock::now()) {
    thread_ = std::thread([this, &pipeline, &events, link, &state] {
      std::unique_lock lock(mutex_);
      for (int second = 0; !wake_.wait_for(lock, std::chrono::seconds(1), [this] { return is_done_; }); ++second) {
        if (link != nullptr) {
          Beat(pipeline, *link);
        } else {
          Show(pipeline, events, second);
        }
        if (second % 60 == 59) state.Save();
      }
    });
  }
  ~Ticker() {
    {
      const std::lock_guard lock(mutex_);
      is_done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Beat(const pipeline::Pipeline& pipeline, AgentLink& link) const {
    proto::Heartbeat beat;
    beat.uptime_ms = MsSince(start_);
    beat.frames = pipeline.frames();
    for (const ElementStats& e : pipeline.Stats()) {
      beat.elements.push_back({e.id, static_cast<int64_t>(e.count), static_cast<int64_t>(e.drops), e.p50_us, e.p99_us});
    }
    // A broken link stops the run by itself.
    const Status ignored = link.SendText(proto::ToJson(beat));
    static_cast<void>(ignored);
  }
  void Show(const pipeline::Pipeline& pipeline, const EventHub& events, int second) const {
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    if (!is_terminal && second % 10 != 9) return;
    const double seconds = static_cast<double>(MsSince(start_)) / 1000;
    const std::string text = fmt::format("{} frames, {:.1f} a second, {} events", pipeline.frames(),
                                         static_cast<double>(pipeline.frames()) / seconds, events.count());
    std::fprintf(stderr, is_terminal ? "\r%s " : "%s\n", text.c_str());
  }

  Clock::time_point start_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_done_ = false;
  std::thread thread_;
};

class Run {
 public:
  Run(const RunOptions& options, AppFiles files)
      : options_(options), files_(std::move(files)), models_(files_.app, files_.dir), signals_(stop_) {}

  Status Do() {
    VERGE_TRY(OpenLink());
    Status status = Work();
    if (!status.ok() && link_ != nullptr && !link_->is_broken()) {
      // The reason why the process ends; if even this cannot be sent, standard error still has it.
      const Status ignored = link_->SendText(proto::ToJson(proto::RunnerError{std::string(status.message())}));
      static_cast<void>(ignored);
    }
    return status;
  }

 private:
  Status OpenLink() {
    if (options_.agent_fd < 0) return Status::Ok();
    const proto::Hello hello{1, files_.app.name, files_.app.version, getpid()};
    VERGE_TRY_ASSIGN(link_, AgentLink::Open(options_.agent_fd, hello, [this] { stop_.Set(); }));
    return Status::Ok();
  }

  Status Work() {
    std::optional<sys::OutputFile> events_file;
    if (!options_.events_path.empty()) {
      VERGE_TRY_ASSIGN(events_file, sys::OutputFile::Open(options_.events_path, true));
    }
    EventHub events(link_.get(), std::move(events_file));
    pipeline::Services services{
        .app = files_.app, .app_dir = files_.dir, .data_dir = options_.data_dir, .models = models_, .events = events};
    services.rules = files_.rules ? &*files_.rules : nullptr;
    Capture capture(options_.capture_dir, options_.capture_limit);
    if (!options_.capture_dir.empty()) services.tap = &capture;
    services.report = ReportPath().empty() ? nullptr : &collector_;
    VERGE_TRY(OpenReplay(services));
    VERGE_TRY(quality::CheckTensors(files_.app.monitors, models_));
    quality::Learner learner(files_.app.monitors);
    quality::Monitors monitors(files_.app.monitors, events, TellAgent());
    const bool learns = !options_.learn_path.empty();
    if (learns) {
      services.quality = &learner;
    } else if (!files_.app.monitors.empty()) {
      services.quality = &monitors;
    }
    MonitorState state(monitors, files_.app.version, services.quality == &monitors ? options_.data_dir : "");
    state.Load();
    VERGE_TRY_ASSIGN(const std::unique_ptr<pipeline::Pipeline> pipeline,
                     pipeline::Pipeline::Read(files_.pipeline, services));
    if (!options_.report_path.empty() && !services.has_report) {
      return VERGE_ERROR(
          kInvalidArgument,
          files_.app.pipeline + ": has no report element, so there is nothing to write to " + options_.report_path);
    }
    VERGE_TRY(OpenRecording(*pipeline));
    if (link_ != nullptr) VERGE_TRY(link_->SendText(proto::ToJson(proto::Ready{})));
    const Clock::time_point start = Clock::now();
    stop_.Attach(pipeline.get());
    Status status;
    {
      const Ticker ticker(*pipeline, events, link_.get(), state);
      status = pipeline->Run(options_.max_frames, replay_ ? 1 : 0);
      if (status.code() == StatusCode::kCancelled && capture.is_full()) status = Status::Ok();
      if (status.ok() && !stop_.is_set()) status = monitors.Finish();
      if (status.ok() && writer_ != nullptr) status = writer_->Finish();
      if (status.ok()) status = Deliver(*pipeline);
    }
    state.Save();
    if (status.ok() && learns) status = sys::WriteFileAtomic(options_.learn_path, learner.Yaml());
    stop_.Attach(nullptr);
    const std::string outcome = !status.ok()     ? std::string(status.message())
                                : stop_.is_set() ? "stopped"
                                                 : "end of stream";
    if (services.has_report && services.report != nullptr) VERGE_TRY(Report(*pipeline, outcome, MsSince(start)));
    if (link_ == nullptr) {
      std::fprintf(stderr, "%s%s after %lld frames, %lld events\n", isatty(STDERR_FILENO) == 1 ? "\r" : "",
                   outcome.c_str(), static_cast<long long>(pipeline->frames()), static_cast<long long>(events.count()));
    }
    if (options_.shows_stats) std::fputs(DescribeStats(*pipeline).c_str(), stdout);
    return status;
  }

  Status OpenReplay(pipeline::Services& services) {
    if (options_.replay_path.empty()) return Status::Ok();
    VERGE_TRY_ASSIGN(replay_file_, sys::MappedFile::Open(options_.replay_path));
    Result<pipeline::Recording> recording = pipeline::Recording::Open(replay_file_->bytes());
    if (!recording.ok()) return std::move(recording).status().WithContext(options_.replay_path);
    replay_ = *std::move(recording);
    services.replay = &*replay_;
    return Status::Ok();
  }

  Status OpenRecording(pipeline::Pipeline& pipeline) {
    if (options_.record_path.empty()) return Status::Ok();
    const int64_t start_ms = replay_ ? replay_->start_ms() : sys::SystemClock().WallMs();
    VERGE_TRY_ASSIGN(writer_, pipeline::RecordingWriter::Create(options_.record_path, start_ms));
    VERGE_TRY_ASSIGN(std::vector<pipeline::RecordedStream> streams,
                     pipeline.Record(options_.record_elements, *writer_));
    return writer_->Begin(std::move(streams));
  }

  quality::Monitors::TellAgent TellAgent() {
    if (link_ == nullptr) return nullptr;
    return [this](const proto::QualityReport& report) { return link_->SendText(proto::ToJson(report)); };
  }

  // Says that the source ended and waits for the agent to have every event.
  Status Deliver(const pipeline::Pipeline& pipeline) {
    constexpr int64_t kStopWaitMs = 1000;
    constexpr int64_t kEndWaitMs = 10000;
    if (link_ == nullptr) return Status::Ok();
    if (!stop_.is_set()) {
      VERGE_TRY(link_->SendText(proto::ToJson(proto::Finished{"end of stream", pipeline.frames()})));
    }
    const bool is_stored = link_->WaitStored(stop_.is_set() ? kStopWaitMs : kEndWaitMs);
    if (link_->is_broken() && !link_->stop_requested()) return VERGE_ERROR(kCancelled, "the agent went away");
    if (!is_stored) return VERGE_ERROR(kDeadline, "the agent did not confirm the last events");
    return Status::Ok();
  }

  std::string ReportPath() const {
    if (!options_.report_path.empty()) return options_.report_path;
    return options_.data_dir.empty() ? "" : sys::JoinPath(options_.data_dir, "report.html");
  }

  Status Report(const pipeline::Pipeline& pipeline, const std::string& outcome, int64_t wall_ms) const {
    report::RunInfo info;
    info.app = files_.app.name;
    info.version = files_.app.version;
    info.description = files_.app.description;
    for (const auto& [name, value] : options_.params)
      info.source += (info.source.empty() ? "" : ", ") + name + " = " + WithoutUserInfo(value);
    info.outcome = outcome;
    info.wall_ms = wall_ms;
    info.elements = pipeline.Stats();
    if (files_.rules) info.zones = files_.rules->zones;
    return report::WriteReport(ReportPath(), info, collector_);
  }

  const RunOptions& options_;
  AppFiles files_;
  ModelStore models_;
  report::Collector collector_;
  std::optional<sys::MappedFile> replay_file_;
  std::optional<pipeline::Recording> replay_;
  std::unique_ptr<pipeline::RecordingWriter> writer_;
  StopSwitch stop_;
  SignalWatcher signals_;
  std::unique_ptr<AgentLink> link_;
};

// Files that the pipeline's sources name, which the sandbox must let it read.
std::vector<std::string> SourceFiles(const yaml::Document& pipeline) {
  std::vector<std::string> files;
  const yaml::Node* elements = pipeline.root.Find("elements");
  if (elements == nullptr) return files;
  for (const yaml::Node& element : elements->items) {
    for (const char* field : {"uri", "file"}) {
      const yaml::Node* path = element.Find(field);
      if (path == nullptr || path->text.empty()) continue;
      files.push_back(path->text.starts_with("file://") ? path->text.substr(7) : path->text);
    }
  }
  return files;
}

SandboxPolicy PolicyOf(const RunOptions& options, const AppFiles& files) {
  SandboxPolicy policy;
  policy.memory_mb = files.app.limits.memory_mb;
  policy.files = files.app.limits.files;
  policy.has_network = files.app.limits.network;
  policy.read_paths = SystemReadPaths();
  policy.read_paths.push_back(files.dir);
  for (std::string& path : SourceFiles(files.pipeline)) policy.read_paths.push_back(std::move(path));
  if (!options.data_dir.empty()) policy.write_paths.push_back(options.data_dir);
  if (!options.capture_dir.empty()) policy.write_paths.push_back(options.capture_dir);
  if (!options.replay_path.empty()) policy.read_paths.push_back(options.replay_path);
  for (const std::string& path : {options.events_path, options.report_path, options.record_path, options.learn_path}) {
    if (!path.empty()) policy.write_paths.push_back(sys::ParentPath(path));
  }
  return policy;
}

Status EnterSandbox(const RunOptions& options, const AppFiles& files) {
  const SandboxPolicy policy = PolicyOf(options, files);
  // Where it is not allowed, seccomp still keeps sockets away.
  const bool is_isolated = Isolate(policy);
  static_cast<void>(is_isolated);
  VERGE_TRY(pipeline::StartGstreamer());
  VERGE_TRY_ASSIGN(const Applied applied, ApplySandbox(policy));
  if (applied.landlock_abi == 0)
    std::fputs("verge-runner: warning: this kernel has no Landlock; file access is not restricted\n", stderr);
  if (!applied.has_seccomp)
    std::fputs("verge-runner: warning: this kernel has no seccomp; system calls are not restricted\n", stderr);
  return Status::Ok();
}

}  // namespace

Status RunApp(const RunOptions& options) {
  VERGE_TRY_ASSIGN(AppFiles files, ReadAppFiles(options.app_dir, options.params));
  for (const std::string& path : {options.events_path, options.report_path, options.record_path, options.learn_path}) {
    if (!path.empty()) VERGE_TRY(sys::MakeDirs(sys::ParentPath(path)));
  }
  if (!options.data_dir.empty()) VERGE_TRY(sys::MakeDirs(options.data_dir));
  if (!options.capture_dir.empty()) VERGE_TRY(sys::MakeDirs(options.capture_dir));
  if (options.is_sandboxed) VERGE_TRY(EnterSandbox(options, files));
  return Run(options, std::move(files)).Do();
}

Result<std::string> ExplainPolicy(const RunOptions& options) {
  VERGE_TRY_ASSIGN(const AppFiles files, ReadAppFiles(options.app_dir, options.params));
  return Explain(PolicyOf(options, files));
}

Result<std::string> ExplainGraph(const RunOptions& options, GraphFormat format) {
  class NoEvents final : public pipeline::EventSink {
    Status Emit(proto::RunnerEvent /*event*/) override { return Status::Ok(); }
  };
  VERGE_TRY_ASSIGN(const AppFiles files, ReadAppFiles(options.app_dir, options.params));
  ModelStore models(files.app, files.dir);
  NoEvents events;
  pipeline::Services services{
      .app = files.app, .app_dir = files.dir, .data_dir = "", .models = models, .events = events};
  services.rules = files.rules ? &*files.rules : nullptr;
  services.is_check = true;
  VERGE_TRY_ASSIGN(const std::unique_ptr<pipeline::Pipeline> pipeline,
                   pipeline::Pipeline::Read(files.pipeline, services));
  return DescribeGraph(*pipeline, format);
}

}  // namespace verge::runner
