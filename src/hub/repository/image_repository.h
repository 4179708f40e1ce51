// The image repository: what the publisher signed, and the snapshot and timestamp that the hub adds.
//
//   DATA/repository/published.json      the publisher's documents, the newest bundle
//   DATA/repository/files/<N>.<role>.json   every document that was ever served, under its consistent name
//   DATA/repository/timestamp.json
//
// Renewal   a snapshot or timestamp is signed anew when what it names changed, or when half of its life is over; File
//           sees to that for the timestamp, so a hub that is asked never serves an expired one.
// Crash     files first, then published.json, then the snapshot, then the timestamp: a cut leaves the former state, or
//           one that the next renewal completes.
// Threads   any.
// Errors    kNotFound: nothing was published yet, or no such file; kFailedPrecondition: a bundle that the hub refuses,
// the
//           message says why.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/status.h"
#include "hub/repository/online_keys.h"
#include "sys/clock/clock.h"
#include "tuf/published.h"

namespace verge::hub {

class ImageRepository {
 public:
  // `clock` outlives it. `timestamp_ttl_ms`: how long a timestamp and a director's document live.
  static Result<std::unique_ptr<ImageRepository>> Open(const std::string& data_dir, OnlineKeys keys,
                                                       const sys::Clock& clock, int64_t timestamp_ttl_ms);

  Status Publish(tuf::Bundle bundle);
  // "timestamp.json", "3.snapshot.json", ...
  Result<std::string> File(const std::string& name);
  // The root document with that hex SHA-256.
  Result<std::string> RootOfDigest(const std::string& sha256);
  // What devices find under a path; empty also before anything was published.
  Result<std::optional<tuf::Target>> Find(const std::string& path);
  // A key id that signed the role which names the path; "" when none does.
  std::string SignerOf(const std::string& path);
  // What `device` should run, for this nonce. Targets that the publisher has not signed, or has withdrawn, are left
  // out.
  Result<std::string> SignDirector(tuf::Director director);
  const OnlineKeys& keys() const { return keys_; }

 private:
  ImageRepository(std::string dir, OnlineKeys keys, const sys::Clock& clock, int64_t timestamp_ttl_ms)
      : dir_(std::move(dir)), keys_(std::move(keys)), clock_(clock), timestamp_ttl_ms_(timestamp_ttl_ms) {}
  // With mutex_ held:
  Status Load();
  Status CheckNamesUs(const tuf::Root& root) const;
  Status WriteDocument(const std::string& name, const std::string& text);
  Status Renew();
  Status RenewSnapshot();
  Result<std::optional<tuf::Target>> FindLocked(const std::string& path) const;

  std::string dir_;
  OnlineKeys keys_;
  const sys::Clock& clock_;
  int64_t timestamp_ttl_ms_;
  std::mutex mutex_;
  std::optional<tuf::Published> published_;
  tuf::Snapshot snapshot_;
  std::string snapshot_text_;
  tuf::Timestamp timestamp_;
  std::string timestamp_text_;
};

}  // namespace verge::hub
