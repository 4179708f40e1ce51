// Everything a request handler may use. One object a hub; borrowed by all, outlives the HTTP server.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "hub/registry/blob_store.h"
#include "hub/repository/image_repository.h"
#include "hub/store/store.h"
#include "hub/wakeups.h"
#include "sys/clock/clock.h"
#include "sys/crypto/x509.h"

namespace verge::hub {

// A device is shown as online for this long after it was last heard of; a long poll takes 60 s at most.
inline constexpr int64_t kOnlineMs = 90'000;

struct Services {
  std::unique_ptr<Store> store;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<ImageRepository> images;
  Wakeups wakeups;
  const sys::Clock* clock = nullptr;
  sys::KeyAndCertificate ca;
  std::string ca_fingerprint;
  std::string version;
  // Runs a task on a server thread later. Set before the first request.
  std::function<void(std::chrono::milliseconds, std::function<void()>)> after;
  std::function<void(const std::string&)> log_error;  // for what must not be told to clients

  int64_t NowMs() const { return clock->WallMs(); }
};

}  // namespace verge::hub
