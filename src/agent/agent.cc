#include "agent/agent.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "agent/agent_event.h"
#include "agent/app_runner.h"
#include "agent/fault.h"
#include "agent/inventory.h"
#include "agent/log.h"
#include "agent/mailbox.h"
#include "agent/outbox.h"
#include "agent/store.h"
#include "agent/update_job.h"
#include "agent/uplink.h"
#include "format/app/app.h"
#include "sys/clock/clock.h"
#include "sys/file/file.h"
#include "sys/file/file_lock.h"

namespace verge::agent {
namespace {

constexpr int kTickMs = 100;
constexpr int kMaxRestarts = 5;               // of the agent within one step, before the version is blamed
constexpr int64_t kReportHeartbeatMs = 5000;  // how often a mere heartbeat is worth a report
constexpr int64_t kShutdownMs = 6000;

// One app on this device.
struct App {
  AppRecord record;
  std::unique_ptr<AppRunner> runner;
  std::optional<proto::DesiredApp> wanted;  // not begun yet
  // A version that ran was found bad: the committed one is on its way back.
  struct Recovery {
    std::string deployment;
    int64_t since_ms = 0;  // of the first bad signal, by the monotonic clock
  };
  std::optional<Recovery> recovery;
};

proto::Event EventOf(const RunSpec& spec, const proto::RunnerEvent& e) {
  return {0, 0, spec.app, spec.version, e.priority, e.kind, e.time_ms, e.media_ms, e.data};
}

class Agent {
 public:
  Agent(const AgentOptions& options, FaultPoint& fault, StatePaths paths, Identity identity)
      : options_(options), fault_(fault), paths_(std::move(paths)), identity_(std::move(identity)) {}

  Status Open();
  Status Run();

 private:
  Status OpenOutbox();
  Status AddApp(AppRecord record);
  Result<RunCommand> PrepareRun(const RunSpec& spec, HealthLimits& limits);
  Status CollectEvents(RunnerProcess& process);
  Status CollectLast(RunnerProcess& process);
  Status StoreEvents(RunnerProcess& process);
  void StoreOrphans();
  void Tell(const proto::Event& event);
  void WatchRecovery(App& app);
  void CleanUp();

  void OnDesired(const proto::Desired& desired);
  void Consider(App& app);
  void ConsiderNext(App& app);
  void StepUpdate(App& app);
  void OnJobDone(const std::string& name, Status outcome);
  void JudgeSoak(App& app);
  void Move(App& app, UpdateEvent event, const std::string& detail);
  void Fatal(Status status);

  void WantWhatStateSays(App& app);
  void PollOnce(int signal_fd);
  void ServeRunner(App& app, short revents);
  void RetryStore(App& app);
  void Tick();
  void Report();
  void ShutDown();

  const AgentOptions& options_;
  FaultPoint& fault_;
  StatePaths paths_;
  Identity identity_;
  AppParams params_;
  sys::SystemClock clock_;
  std::optional<Store> store_;
  std::optional<Outbox> outbox_;
  std::unique_ptr<Mailbox> mailbox_;
  std::map<std::string, App> apps_;
  std::unique_ptr<UpdateWorker> worker_;
  std::unique_ptr<Uplink> uplink_;
  proto::Inventory inventory_;
  std::string boot_id_;
  bool stopping_ = false;
  bool report_changed_ = true;
  int64_t reported_ms_ = 0;
  int64_t retried_ms_ = 0;
  bool disk_is_full_ = false;
  std::vector<proto::Event> orphans_;
  Status fatal_;
};

Status Agent::Open() {
  VERGE_TRY_ASSIGN(OwnerConfig config, LoadOwnerConfig(paths_));
  params_ = std::move(config.params);
  for (const auto& [app, values] : options_.params) {
    for (const auto& [name, value] : values) params_[app][name] = value;
  }
  Result<Store> store = Store::Open(paths_.File("state.db"), fault_, clock_);
  // On a full disk a database may not open: the outbox has space to give.
  if (!store.ok() && Outbox::GiveUpReserve(paths_.File("outbox.db"))) {
    store = Store::Open(paths_.File("state.db"), fault_, clock_);
  }
  VERGE_TRY_ASSIGN(store_, std::move(store));
  VERGE_TRY(OpenOutbox());
  VERGE_TRY_ASSIGN(mailbox_, Mailbox::Create());
  worker_ = std::make_unique<UpdateWorker>(identity_, paths_, options_.runner_path, fault_, *mailbox_,
                                           options_.slow_after_ms, config.max_download_bytes_per_s);
  inventory_ = ReadInventory();
  boot_id_ = BootId();
  VERGE_TRY_ASSIGN(std::vector<AppRecord> records, store_->Load());
  for (AppRecord& record : records) VERGE_TRY(AddApp(std::move(record)));
  CleanUp();
  return Status::Ok();
}

// An outbox made anew counts from 1 again, so it must have an epoch of its own, noted before it exists.
Status Agent::OpenOutbox() {
  const std::string path = paths_.File("outbox.db");
  VERGE_TRY_ASSIGN(int64_t epoch, store_->OutboxEpoch());
  for (int attempt = 0;; ++attempt) {
    if (!sys::Exists(path)) VERGE_TRY(store_->SetOutboxEpoch(++epoch));
    Result<Outbox> opened = Outbox::Open(path, epoch, {.clock = &clock_});
    if (opened.ok()) {
      outbox_ = std::move(opened).value();
      return Status::Ok();
    }
    if (opened.code() != StatusCode::kDataLoss || attempt > 0) return std::move(opened).status();
    Log("the outbox is damaged, its events are lost: " + opened.status().ToString());
    VERGE_TRY(sys::RenameDurable(path, path + ".damaged"));
    for (const char* suffix : {"-wal", "-shm"}) VERGE_TRY(sys::RemoveFile(path + suffix));
  }
}

Status Agent::AddApp(AppRecord record) {
  const std::string name = record.app;
  App& app = apps_[name];
  app.record = std::move(record);
  app.runner = std::make_unique<AppRunner>(
      [this](const RunSpec& spec, HealthLimits& limits) { return PrepareRun(spec, limits); },
      [this](RunnerProcess& process) { return CollectLast(process); },
      [this](const RunSpec& spec, const std::string& why) {
        Tell(RunnerEndedEvent({spec.app, spec.version, clock_.WallMs()}, why));
      },
      clock_);
  if (IsWorking(app.record.update.state)) {
    if (app.record.update.restarts >= kMaxRestarts) {
      Move(app, UpdateEvent::kRefused,
           "the device restarted " + std::to_string(kMaxRestarts) + " times during " +
               StateName(app.record.update.state));
    } else {
      Move(app, UpdateEvent::kRestarted, "");
    }
  }
  WantWhatStateSays(app);
  return fatal_;
}

// Removes what no update needs any more. Failures cost disk space only.
void Agent::CleanUp() {
  const Result<std::vector<std::string>> names = sys::ListDir(paths_.File("staging"));
  for (size_t i = 0; names.ok() && i < names->size(); ++i) {
    const auto it = apps_.find((*names)[i]);
    const bool is_needed = it != apps_.end() && IsWorking(it->second.record.update.state);
    if (!is_needed) (void)sys::RemoveTree(paths_.StagingDir((*names)[i])).ok();
  }
  for (const auto& [name, app] : apps_) {
    for (const char* slot : {"a", "b"}) (void)sys::RemoveTree(paths_.SlotDir(name, slot) + ".new").ok();
  }
}

Result<RunCommand> Agent::PrepareRun(const RunSpec& spec, HealthLimits& limits) {
  RunCommand command;
  command.runner_path = options_.runner_path;
  command.slot_dir = paths_.SlotDir(spec.app, spec.slot);
  command.data_dir = paths_.DataDir(spec.app);
  VERGE_TRY(sys::MakeDirs(command.data_dir, 0700));
  VERGE_TRY_ASSIGN(const app::App description, app::ReadApp(command.slot_dir));
  limits.heartbeat_ms = int64_t{description.health.heartbeat_s} * 1000;
  limits.soak_ms = int64_t{description.health.soak_s} * 1000;
  limits.gate_wait_ms = int64_t{description.health.gate_wait_s} * 1000;
  limits.gates.clear();
  for (const app::Monitor& monitor : description.monitors) {
    if (monitor.is_gate) limits.gates.push_back(monitor.name);
  }
  const auto given = params_.find(spec.app);
  for (const app::Param& param : description.params) {  // what this version does not declare is not for it
    if (given == params_.end()) break;
    const auto value = given->second.find(param.name);
    if (value != given->second.end()) command.params.push_back(param.name + "=" + value->second);
  }
  return command;
}

void Agent::Fatal(Status status) {
  if (fatal_.ok()) fatal_ = std::move(status);
}

// The only place where an update changes state after its beginning.
void Agent::Move(App& app, UpdateEvent event, const std::string& detail) {
  if (Status moved = store_->Advance(app.record, event, detail); !moved.ok()) return Fatal(std::move(moved));
  const Update& update = app.record.update;
  Log(app.record.app + ":" + std::to_string(update.target.version) + " is " + StateName(update.state) +
      (detail.empty() ? "" : ": " + detail));
  report_changed_ = true;
  if (update.state == UpdateState::kRolledBack) {
    Tell(RolledBackEvent({app.record.app, update.target.version, clock_.WallMs()}, update.target.deployment, detail));
  }
  if (!IsWorking(update.state)) (void)sys::RemoveTree(paths_.StagingDir(app.record.app)).ok();
  WantWhatStateSays(app);
}

void Agent::WantWhatStateSays(App& app) {
  const Update& update = app.record.update;
  if (update.state == UpdateState::kSoaking) {
    app.runner->Want(RunSpec{app.record.app, update.target.version, update.slot});
  } else if (app.record.committed) {
    app.runner->Want(RunSpec{app.record.app, app.record.committed->version, app.record.committed->slot},
                     app.recovery.has_value());
  } else {
    app.runner->Want(std::nullopt);
  }
}

void Agent::OnDesired(const proto::Desired& desired) {
  for (const proto::DesiredApp& target : desired.apps) {
    if (!apps_.contains(target.app)) {
      AppRecord fresh;
      fresh.app = target.app;
      if (Status added = AddApp(std::move(fresh)); !added.ok()) return Fatal(std::move(added));
    }
    App& app = apps_.at(target.app);
    app.wanted = target;
    Consider(app);
  }
}

// Something else is wanted than what is under way: end that early, unless the new version runs already.
void Agent::Consider(App& app) {
  if (!app.wanted) return;
  const Update& update = app.record.update;
  if (update.target.deployment == app.wanted->deployment) {
    app.wanted.reset();  // begun or done already; a failed deployment is not tried again
  } else if (!IsWorking(update.state)) {
    ConsiderNext(app);
  } else if (worker_->is_busy()) {
    worker_->Cancel();
  }
}

void Agent::ConsiderNext(App& app) {
  const proto::DesiredApp target = *std::exchange(app.wanted, std::nullopt);
  UpdateEvent event = UpdateEvent::kWanted;
  std::string detail;
  if (const std::optional<CommittedApp>& now = app.record.committed) {
    const bool is_same = target.version == now->version && target.manifest_digest == now->manifest_digest;
    if (is_same) {
      event = UpdateEvent::kAlreadyThere;
    } else if (target.version <= now->version) {
      event = UpdateEvent::kRefused;
      detail = "version " + std::to_string(target.version) + " is refused: version " + std::to_string(now->version) +
               " is committed, and a device takes only newer ones; publish it under a higher version";
    }
  }
  if (Status begun = store_->Begin(app.record, target, event, detail); !begun.ok()) return Fatal(std::move(begun));
  Log(target.app + ":" + std::to_string(target.version) + " is wanted: " + StateName(app.record.update.state) +
      (detail.empty() ? "" : ": " + detail));
  report_changed_ = true;
}

void Agent::StepUpdate(App& app) {
  const Update& update = app.record.update;
  if (update.state == UpdateState::kSoaking) return JudgeSoak(app);
  if (!IsWorking(update.state) || worker_->is_busy()) return;
  worker_->Start({update.state, update.target, update.slot},
                 [this, name = app.record.app](Status outcome) { OnJobDone(name, std::move(outcome)); });
}

void Agent::OnJobDone(const std::string& name, Status outcome) {
  App& app = apps_.at(name);
  if (stopping_) return;  // the step begins again at the next start
  const bool is_superseded = app.wanted.has_value();
  if (is_superseded && app.record.update.state != UpdateState::kSoaking) {
    Move(app, UpdateEvent::kSuperseded, "another version was wanted before this one was ready");
    if (fatal_.ok()) Consider(app);
  } else if (outcome.code() == StatusCode::kCancelled) {
    return;  // cancelled for a target that is gone again: the step starts over
  } else if (outcome.ok()) {
    Move(app, UpdateEvent::kDone, "");
  } else {
    Move(app, UpdateEvent::kRefused, std::string(outcome.message()));
  }
}

void Agent::JudgeSoak(App& app) {
  if (!app.runner->trouble().empty()) {
    app.recovery = App::Recovery{app.record.update.target.deployment, app.runner->trouble_ms()};
    Move(app, UpdateEvent::kRefused, app.runner->trouble());
  } else if (app.runner->has_soaked()) {
    Move(app, UpdateEvent::kDone, "");
  } else {
    return;
  }
  if (fatal_.ok()) Consider(app);
}

// Of the agent itself.
void Agent::Tell(const proto::Event& event) {
  orphans_.push_back(event);
  StoreOrphans();
}

// What nobody else keeps: the agent's own events, and those of runners that ended while the disk was full.
void Agent::StoreOrphans() {
  constexpr size_t kMaxOrphans = 10'000;
  if (orphans_.empty()) return;
  const Status stored = outbox_->Append(orphans_);
  const bool waits = stored.code() == StatusCode::kResourceExhausted && orphans_.size() <= kMaxOrphans;
  if (waits) return;
  if (!stored.ok()) Log(std::to_string(orphans_.size()) + " events are lost: " + stored.ToString());
  orphans_.clear();
  if (uplink_) uplink_->EventsWaiting();
}

void Agent::WatchRecovery(App& app) {
  if (!app.recovery || !app.record.committed || !app.runner->is_healthy()) return;
  const int64_t after_ms = clock_.MonotonicMs() - app.recovery->since_ms;
  Log(app.record.app + ":" + std::to_string(app.record.committed->version) + " serves again, " +
      std::to_string(after_ms) + " ms after the first bad signal");
  Tell(ServingAgainEvent({app.record.app, app.record.committed->version, clock_.WallMs()}, app.recovery->deployment,
                         after_ms));
  app.recovery.reset();
}

Status Agent::CollectEvents(RunnerProcess& process) {
  const Status read = process.OnReadable();
  VERGE_TRY(StoreEvents(process));
  return read;
}

Status Agent::CollectLast(RunnerProcess& process) {
  const Status collected = CollectEvents(process);
  for (const proto::RunnerEvent& e : process.unstored()) orphans_.push_back(EventOf(process.spec(), e));
  return collected;
}

// On a full disk the runner's events stay with us, and it waits once a few thousand are not confirmed.
Status Agent::StoreEvents(RunnerProcess& process) {
  if (process.unstored().empty()) return Status::Ok();
  std::vector<proto::Event> out;
  for (const proto::RunnerEvent& e : process.unstored()) out.push_back(EventOf(process.spec(), e));
  const Status stored = outbox_->Append(out);
  if (stored.code() == StatusCode::kResourceExhausted) {
    if (!disk_is_full_) Log("the disk is full, events wait: " + stored.ToString());
    disk_is_full_ = true;
    return Status::Ok();
  }
  VERGE_TRY(stored);
  disk_is_full_ = false;
  process.ConfirmStored();
  if (uplink_) uplink_->EventsWaiting();
  return Status::Ok();
}

void Agent::ServeRunner(App& app, short revents) {
  if ((revents & POLLOUT) != 0) (void)app.runner->process()->OnWritable().ok();
  if ((revents & (POLLIN | POLLHUP | POLLERR)) == 0 || !app.runner->process()->unstored().empty()) return;
  if (Status collected = CollectEvents(*app.runner->process()); !collected.ok()) app.runner->OnProtocolError(collected);
}

void Agent::RetryStore(App& app) {
  constexpr int64_t kRetryMs = 1000;
  RunnerProcess* process = app.runner->process();
  const bool waits = process != nullptr && !process->unstored().empty();
  if ((!waits && orphans_.empty()) || clock_.MonotonicMs() - retried_ms_ < kRetryMs) return;
  retried_ms_ = clock_.MonotonicMs();
  StoreOrphans();
  if (!waits) return;
  if (Status stored = StoreEvents(*process); !stored.ok()) app.runner->OnProtocolError(stored);
}

void Agent::PollOnce(int signal_fd) {
  std::vector<pollfd> waits = {{signal_fd, POLLIN, 0}, {mailbox_->fd(), POLLIN, 0}};
  std::vector<App*> owners;
  for (auto& [name, app] : apps_) {
    RunnerProcess* process = app.runner->process();
    if (process == nullptr) continue;
    // A runner whose events cannot be stored is not heard until they are.
    const int reads = process->unstored().empty() ? POLLIN : 0;
    const auto events = static_cast<short>(process->wants_write() ? reads | POLLOUT : reads);
    waits.push_back({process->socket_fd(), events, 0});  // poll skips -1
    waits.push_back({process->pidfd(), POLLIN, 0});
    owners.push_back(&app);
  }
  if (poll(waits.data(), waits.size(), kTickMs) < 0) return;
  if (waits[0].revents != 0) {
    signalfd_siginfo info{};
    const ssize_t n = read(signal_fd, &info, sizeof(info));
    stopping_ = n == static_cast<ssize_t>(sizeof(info));
  }
  for (size_t i = 0; i < owners.size(); ++i) ServeRunner(*owners[i], waits[2 + 2 * i].revents);
  mailbox_->RunAll();
}

void Agent::Tick() {
  for (auto& [name, app] : apps_) {
    RetryStore(app);
    app.runner->Tick();
    if (!stopping_ && fatal_.ok()) StepUpdate(app);
    WatchRecovery(app);
  }
  const bool heartbeat_is_due = clock_.MonotonicMs() - reported_ms_ > kReportHeartbeatMs;
  if (report_changed_ || heartbeat_is_due) Report();
}

void Agent::Report() {
  proto::Reported report;
  report.agent_version = options_.version;
  report.boot_id = boot_id_;
  report.inventory = inventory_;
  for (const auto& [name, app] : apps_) {
    const std::optional<RunSpec>& runs = app.runner->wanted();
    proto::ReportedApp row{name, runs ? runs->version : 0, runs ? runs->slot : "", app.runner->is_healthy(),
                           std::nullopt};
    if (app.runner->heartbeat()) {
      const Result<proto::JsonText> text = proto::JsonText::Parse(proto::ToJson(*app.runner->heartbeat()));
      if (text.ok()) row.heartbeat = *text;
    }
    report.apps.push_back(std::move(row));
  }
  Result<std::vector<proto::ReportedDeployment>> deployments = store_->Reports();
  if (!deployments.ok()) return Fatal(std::move(deployments).status());
  report.deployments = std::move(deployments).value();
  report_changed_ = false;
  reported_ms_ = clock_.MonotonicMs();
  if (uplink_) uplink_->SetReport(report);
}

void Agent::ShutDown() {
  worker_->Cancel();
  for (auto& [name, app] : apps_) app.runner->Want(std::nullopt);
  const int64_t until_ms = clock_.MonotonicMs() + kShutdownMs;
  const auto all_idle = [this] {
    return std::all_of(apps_.begin(), apps_.end(), [](const auto& entry) { return entry.second.runner->is_idle(); });
  };
  while (!all_idle() && clock_.MonotonicMs() < until_ms) {
    PollOnce(-1);
    for (auto& [name, app] : apps_) app.runner->Tick();
  }
  if (uplink_) uplink_->Stop();
}

Status Agent::Run() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) return VERGE_ERROR(kInternal, "cannot block signals");
  const sys::UniqueFd signal_fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signal_fd.valid()) return sys::ErrnoStatus(errno, "signalfd", "create");
  VERGE_TRY_ASSIGN(Outbox uploads, Outbox::Open(paths_.File("outbox.db"), outbox_->epoch(), {}));
  VERGE_TRY_ASSIGN(uplink_, Uplink::Start(identity_, std::move(uploads), [this](proto::Desired desired) {
                     mailbox_->Post([this, desired = std::move(desired)] { OnDesired(desired); });
                   }));
  Log("device " + identity_.device_id + " of " + identity_.hub + " is up");
  while (!stopping_ && fatal_.ok()) {
    PollOnce(signal_fd.get());
    Tick();
  }
  ShutDown();
  return fatal_;
}

}  // namespace

Status RunAgent(const AgentOptions& options) {
  VERGE_TRY_ASSIGN(FaultPoint fault, FaultPoint::Parse(options.fault));
  StatePaths paths(options.state_dir);
  VERGE_TRY_ASSIGN(Identity identity, LoadIdentity(paths));
  VERGE_TRY_ASSIGN(const sys::FileLock lock, sys::FileLock::Acquire(paths.File("lock")));
  Agent agent(options, fault, std::move(paths), std::move(identity));
  VERGE_TRY(agent.Open());
  return agent.Run();
}

}  // namespace verge::agent
