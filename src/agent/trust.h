// What this device may install: the director's wish, checked against what the publisher signed. docs/formats/tuf.md.
//
//   STATE/trust/root.json      the anchor, put there at provisioning
//   STATE/trust/*.json         trusted metadata (tuf/client.h), the last director's document
//   STATE/trust/time-<mark>    the latest signed time that was seen, milliseconds since 1970
//
// Attacks   a hub can offer only what the publisher signed and has not withdrawn; a replayed or foreign director's
//           document is refused by its nonce, device id, version and signature.
// Time      what has expired is decided by the latest of: the director's signed time (fresh, it repeats our nonce), the
//           floor, and a clock that is known to be right. It never goes back. The floor belongs to the director's keys
//           (the mark is made of them), so that a time sent ahead by a thief is forgotten with the stolen key; a
//           director that is a day ahead of a clock known to be right is refused.
// Durable   every write goes through the fault point; a power cut between two of them costs a fetch.
// Errors    kDataLoss: refused, the message says which document and why | what the network returned.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "agent/fault.h"
#include "agent/identity.h"
#include "base/status.h"
#include "format/package/layout.h"
#include "proto/device.h"
#include "tuf/client.h"
#include "tuf/store.h"

namespace verge::agent {

// Metadata from a hub. Both stop after `max_bytes` and when the hub is too slow.
class MetadataSource : public tuf::Fetcher {
 public:
  virtual Result<std::string> FetchDirector(const std::string& nonce, uint64_t max_bytes) = 0;
};

// Milliseconds since 1970 of a clock that is known to be right; empty: there is none.
using ProvenClock = std::function<std::optional<int64_t>()>;
// The system's, where the kernel says that it is synchronised.
std::optional<int64_t> SynchronisedClock();

class Trust {
 public:
  // `paths`, `device_id` and `fault` outlive it.
  Trust(const StatePaths& paths, const std::string& device_id, FaultPoint& fault,
        ProvenClock clock = SynchronisedClock);

  // Brings the metadata up to date and agrees on a target: Ok when director and publisher name the same bytes for it.
  Result<package::Release> Agree(MetadataSource& source, const proto::DesiredApp& target);
  // The same from what is stored, without network and whatever the time: right before an installation.
  Result<package::Release> AgreeStored(const proto::DesiredApp& target);

  // For people: "root 2, targets 5, time 2026-01-01T00:00:00Z".
  std::string Describe();

 private:
  class Files;
  Result<int64_t> UpdateTime(const tuf::Root& root, int64_t signed_ms);
  Result<tuf::Document<tuf::Director>> UpdateDirector(MetadataSource& source, const tuf::Root& root);
  Result<tuf::Document<tuf::Director>> StoredDirector(const tuf::Root& root);

  tuf::FolderStore folder_;
  const std::string& device_id_;
  FaultPoint& fault_;
  ProvenClock clock_;
};

// Puts the anchor into a state folder. kInvalidArgument: the text is no root document that signs itself, or one that
// names no director.
Status WriteAnchor(const StatePaths& paths, const std::string& root_text);

}  // namespace verge::agent
