#include "hub/hub.h"

#include <cstdio>
#include <future>

#include "hub/access_log.h"
#include "hub/api/dispatcher.h"
#include "hub/data_dir.h"
#include "hub/services.h"
#include "hub/store/sqlite/sqlite_store.h"
#include "sys/file/file.h"
#include "sys/file/file_lock.h"
#include "sys/http/server.h"

namespace verge::hub {
namespace {

class HubImpl final : public Hub {
 public:
  explicit HubImpl(sys::FileLock lock) : lock_(std::move(lock)) {}
  ~HubImpl() override { Stop(); }

  Status Open(const HubOptions& options, const Keys& keys);
  uint16_t port() const override { return server_->port(); }
  void Stop() override {
    if (server_) server_->Stop();
  }

 private:
  Status OpenServices(const HubOptions& options, const Keys& keys);
  Status Serve(const HubOptions& options, const Keys& keys);

  sys::FileLock lock_;  // until everything else is closed
  sys::SystemClock clock_;
  Services services_;
  Dispatcher dispatcher_{services_};
  std::unique_ptr<AccessLog> access_log_;
  // The first request may come before Start has returned the server.
  std::promise<sys::http::Server*> started_;
  std::unique_ptr<sys::http::Server> server_;  // last: it ends first
};

Status HubImpl::OpenServices(const HubOptions& options, const Keys& keys) {
  VERGE_TRY_ASSIGN(services_.store, OpenSqliteStore(sys::JoinPath(options.data_dir, kDatabaseFile)));
  VERGE_TRY_ASSIGN(services_.blobs, BlobStore::Open(options.data_dir));
  VERGE_TRY_ASSIGN(services_.ca_fingerprint, sys::CertificateFingerprint(keys.ca.certificate_pem));
  services_.clock = &clock_;
  VERGE_TRY_ASSIGN(OnlineKeys online, LoadOnlineKeys(options.data_dir));
  VERGE_TRY_ASSIGN(services_.images,
                   ImageRepository::Open(options.data_dir, std::move(online), clock_, options.metadata_ttl_s * 1000));
  services_.ca = keys.ca;
  services_.version = options.version;
  services_.log_error = [](const std::string& line) { std::fprintf(stderr, "verge-hub: %s\n", line.c_str()); };
  services_.after = [server = started_.get_future().share()](std::chrono::milliseconds delay,
                                                             std::function<void()> task) {
    server.get()->After(delay, std::move(task));
  };
  return Status::Ok();
}

Status HubImpl::Serve(const HubOptions& options, const Keys& keys) {
  sys::http::ServerConfig config;
  config.address = options.address;
  config.port = options.port;
  config.threads = options.threads;
  config.certificate_chain_pem = keys.server.certificate_pem + keys.ca.certificate_pem;
  config.key_pem = keys.server.key_pem;
  config.client_ca_pem = keys.ca.certificate_pem;
  config.log_error = services_.log_error;
  if (access_log_) {
    config.access_log = [this](const sys::http::AccessRecord& record) { access_log_->Write(record); };
  }
  VERGE_TRY_ASSIGN(server_, sys::http::Server::Start(std::move(config), &dispatcher_));
  started_.set_value(server_.get());
  return Status::Ok();
}

Status HubImpl::Open(const HubOptions& options, const Keys& keys) {
  VERGE_TRY(OpenServices(options, keys));
  if (!options.access_log.empty()) {
    VERGE_TRY_ASSIGN(access_log_, AccessLog::Open(options.access_log));
  }
  return Serve(options, keys);
}

}  // namespace

Result<std::unique_ptr<Hub>> Hub::Start(const HubOptions& options) {
  VERGE_TRY_ASSIGN(const Keys keys, LoadKeys(options.data_dir));  // first: a folder without a hub gets no lock file
  VERGE_TRY_ASSIGN(sys::FileLock lock, sys::FileLock::Acquire(sys::JoinPath(options.data_dir, kLockFile)));
  auto hub = std::make_unique<HubImpl>(std::move(lock));
  VERGE_TRY(hub->Open(options, keys));
  return std::unique_ptr<Hub>(std::move(hub));
}

}  // namespace verge::hub
