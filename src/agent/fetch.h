// Gets a release from the hub into a staging folder: documents first, checked against the publisher keys, then files.
//
//   STAGING/manifest.json config.json envelope-N.json
//   STAGING/blobs/<hex>        whole and checked
//   STAGING/blobs/<hex>.part   what has come so far; the next try asks for the rest by Range
//
// Trust     every byte is hostile until VerifyPackage and the digests say otherwise. The hub can offer only what a
// known
//           publisher signed under exactly this app, version and digest.
// Errors    kCancelled; otherwise the release cannot be had and the message says why. A network that is away is no
//           error: Fetch goes on trying until it is back.
// Threads   runs on the worker; `cancelled` may be set, and client.Cancel() called, by any other.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "agent/fault.h"
#include "base/status.h"
#include "format/package/layout.h"
#include "proto/device.h"
#include "sys/http/client.h"

namespace verge::agent {

struct FetchContext {
  sys::http::Client& client;
  const std::vector<std::string>& publishers;  // raw public keys
  FaultPoint& fault;
  const std::atomic<bool>& cancelled;
};

Status Fetch(const FetchContext& context, const proto::DesiredApp& target, const std::string& staging_dir);

// Everything in the staging folder again, from the disk: signature, documents, the digest of each file.
Result<package::VerifiedPackage> VerifyStaging(const std::vector<std::string>& publishers,
                                               const proto::DesiredApp& target, const std::string& staging_dir);

// Copies the files of a verified package into `slot_dir`, replacing what was there. Durable: after power loss the
// folder is absent, old or whole.
Status InstallSlot(const package::VerifiedPackage& package, const std::string& staging_dir, const std::string& slot_dir,
                   FaultPoint& fault);

}  // namespace verge::agent
