// Gets a release from the hub into a staging folder: what may be installed is agreed first (trust.h), then come the
// documents, then the files: those that are installed already are copied, others made from an installed one by a delta,
// the rest downloaded.
//
//   STAGING/manifest.json config.json
//   STAGING/blobs/<hex>        whole and checked
//   STAGING/blobs/<hex>.part   what has come so far; the next try asks for the rest by Range
//
// Trust     every byte is hostile until Trust, VerifyPackage and the digests say otherwise. The hub can offer only what
//           the publisher signed under exactly this app, version and digest.
// Slow      an answer that trickles below kMinBytesPerSecond for `slow_after_ms` is ended and asked for again; after
//           kMaxSlowAnswers in a row the release cannot be had.
// Errors    kCancelled; otherwise the release cannot be had and the message says why. A network that is away is no
//           error: Fetch goes on trying until it is back.
// Threads   runs on the worker; `cancelled` may be set, and client.Cancel() called, by any other.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "agent/fault.h"
#include "agent/throttle.h"
#include "agent/trust.h"
#include "base/status.h"
#include "format/package/layout.h"
#include "proto/device.h"
#include "sys/http/client.h"

namespace verge::agent {

inline constexpr int64_t kMinBytesPerSecond = 64;
inline constexpr int kMaxSlowAnswers = 5;
inline constexpr int64_t kSlowAfterMs = 60'000;

struct FetchContext {
  sys::http::Client& client;
  Trust& trust;
  int64_t slow_after_ms;
  FaultPoint& fault;
  const std::atomic<bool>& cancelled;
  Throttle& throttle;
  std::vector<std::string> installed_dirs;  // files in them may save a download
};

Status Fetch(const FetchContext& context, const proto::DesiredApp& target, const std::string& staging_dir);

// Everything in the staging folder again, from the disk: what director and publisher agreed on, documents, the digest
// of each file.
Result<package::VerifiedPackage> VerifyStaging(Trust& trust, const proto::DesiredApp& target,
                                               const std::string& staging_dir);

// Copies the files of a verified package into `slot_dir`, replacing what was there. Durable: after power loss the
// folder is absent, old or whole.
Status InstallSlot(const package::VerifiedPackage& package, const std::string& staging_dir, const std::string& slot_dir,
                   FaultPoint& fault);

}  // namespace verge::agent
