#include "agent/update_job.h"

#include <utility>

#include "agent/fetch.h"
#include "agent/prove.h"
#include "agent/uplink.h"

namespace verge::agent {

UpdateWorker::~UpdateWorker() {
  Cancel();
  if (thread_.joinable()) thread_.join();
}

void UpdateWorker::Start(const UpdateJob& job, std::function<void(Status)> done) {
  cancelled_ = false;
  thread_ = std::thread([this, job, done = std::move(done)] {
    const auto outcome = std::make_shared<Status>(Run(job));
    mailbox_.Post([this, outcome, done] {
      thread_.join();  // it has nothing left to do; is_busy() is false from here on
      done(std::move(*outcome));
    });
  });
}

void UpdateWorker::Cancel() {
  cancelled_ = true;
  const std::lock_guard lock(client_mutex_);
  if (client_ != nullptr) client_->Cancel();
}

Status UpdateWorker::Run(const UpdateJob& job) {
  const std::string staging = paths_.StagingDir(job.target.app);
  const std::string slot_dir = paths_.SlotDir(job.target.app, job.slot);
  switch (job.step) {
    case UpdateState::kDownloading: return RunFetch(job);
    case UpdateState::kVerifying: return VerifyStaging(trust_, job.target, staging).status();
    case UpdateState::kInstalling: {
      VERGE_TRY_ASSIGN(const package::VerifiedPackage package, VerifyStaging(trust_, job.target, staging));
      return InstallSlot(package, staging, slot_dir, fault_);
    }
    case UpdateState::kProving: return Prove(runner_path_, slot_dir, cancelled_);
    default: return VERGE_ERROR(kInternal, std::string("no job for state ") + StateName(job.step));
  }
}

Status UpdateWorker::RunFetch(const UpdateJob& job) {
  VERGE_TRY_ASSIGN(const std::unique_ptr<sys::http::Client> client, OpenHubClient(identity_));
  {
    const std::lock_guard lock(client_mutex_);
    client_ = client.get();
  }
  const std::string& app = job.target.app;
  const FetchContext context{*client,
                             trust_,
                             slow_after_ms_,
                             fault_,
                             cancelled_,
                             throttle_,
                             {paths_.SlotDir(app, "a"), paths_.SlotDir(app, "b")}};
  Status fetched = Fetch(context, job.target, paths_.StagingDir(job.target.app));
  const std::lock_guard lock(client_mutex_);
  client_ = nullptr;
  return fetched;
}

}  // namespace verge::agent
