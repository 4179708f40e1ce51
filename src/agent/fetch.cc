#include "agent/fetch.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#include "agent/backoff.h"
#include "agent/local_files.h"
#include "agent/log.h"
#include "format/package/delta_manifest.h"
#include "format/package/manifest.h"
#include "sys/clock/clock.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "sys/file/output_file.h"

namespace verge::agent {
namespace {

using package::Descriptor;
using sys::http::ClientRequest;

constexpr uint64_t kMaxProblemBytes = 65536;
constexpr size_t kMaxDeltaManifests = 16;
constexpr uint64_t kSpareBytes = uint64_t{16} << 20;  // the rest of the system needs some too
constexpr int kMaxBrokenAnswers = 5;                  // in a row, without one byte of progress

// Errors that pass by themselves: the network, a hub that restarts, a certificate that an operator may restore.
bool IsPassing(StatusCode code) {
  return code == StatusCode::kUnavailable || code == StatusCode::kDeadline || code == StatusCode::kPermission;
}

std::string HexOf(const std::string& digest) { return digest.substr(digest.find(':') + 1); }

// Ends an answer that trickles.
class RateGuard {
 public:
  explicit RateGuard(int64_t slow_after_ms) : slow_after_ms_(slow_after_ms), since_ms_(clock_.MonotonicMs()) {}

  Status Add(size_t bytes) {
    bytes_ += static_cast<int64_t>(bytes);
    const int64_t passed_ms = clock_.MonotonicMs() - since_ms_;
    if (passed_ms < slow_after_ms_) return Status::Ok();
    if (bytes_ * 1000 < kMinBytesPerSecond * passed_ms) {
      return VERGE_ERROR(kDeadline, "the hub sends too slowly: " + std::to_string(bytes_) + " bytes in " +
                                        std::to_string(passed_ms) + " ms");
    }
    bytes_ = 0;
    since_ms_ += passed_ms;
    return Status::Ok();
  }

 private:
  sys::SystemClock clock_;
  int64_t slow_after_ms_;
  int64_t since_ms_;
  int64_t bytes_ = 0;
};

class Fetcher final : public MetadataSource {
 public:
  Fetcher(const FetchContext& context, const proto::DesiredApp& target, std::string staging)
      : context_(context),
        target_(target),
        staging_(std::move(staging)),
        prefix_("/v2/" + target.app),
        local_(context.installed_dirs) {}

  Status Run() {
    VERGE_TRY(sys::MakeDirs(sys::JoinPath(staging_, "blobs"), 0700));
    VERGE_TRY_ASSIGN(const package::Release agreed, context_.trust.Agree(*this, target_));
    VERGE_TRY_ASSIGN(const package::VerifiedPackage package, FetchDocuments(agreed));
    VERGE_TRY(CheckSpace(package.manifest()));
    VERGE_TRY(FetchDeltaOffers());
    for (const package::File& file : package.manifest().files) {
      const std::string path = BlobPath(file.blob);
      if (sys::Exists(path)) continue;  // Verifying reads it again
      VERGE_TRY_ASSIGN(const bool is_made, MakeFromInstalled(file.blob, path, file.path));
      if (!is_made) VERGE_TRY(FetchBlob(file.blob, file.path));
    }
    return Status::Ok();
  }

  Result<std::string> Fetch(const std::string& name, uint64_t max_bytes) override {
    return Get("/api/v1/repository/" + name, max_bytes);
  }
  Result<std::string> FetchDirector(const std::string& nonce, uint64_t max_bytes) override {
    return Get("/api/v1/device/director?nonce=" + nonce, max_bytes);
  }

 private:
  Status CheckCancelled() const {
    if (context_.cancelled) return VERGE_ERROR(kCancelled, "another version is wanted by now");
    return Status::Ok();
  }

  // Sleeps in short steps, so that a cancellation is noticed.
  Status Pause(int64_t ms) {
    for (; ms > 0; ms -= 50) {
      VERGE_TRY(CheckCancelled());
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min<int64_t>(ms, 50)));
    }
    return CheckCancelled();
  }

  // A small document, however long the network is away. kNotFound: the hub has none.
  Result<std::string> Get(const std::string& target, uint64_t max_bytes) {
    Backoff backoff(200, 30'000);
    for (int broken = 0;;) {
      Result<std::string> body = GetOnce(target, max_bytes);
      if (body.ok()) {
        slow_ = 0;
        return body;
      }
      VERGE_TRY(CheckCancelled());
      const bool is_broken = body.code() == StatusCode::kDataLoss;
      const bool is_too_long = body.code() == StatusCode::kResourceExhausted;
      if (is_too_long) return VERGE_ERROR(kDataLoss, target + ": " + std::string(body.status().message()));
      if (body.code() == StatusCode::kNotFound) return std::move(body).status().WithContext(target);
      VERGE_TRY(CountSlow(body.status()));
      if (!IsPassing(body.code()) && !(is_broken && ++broken < kMaxBrokenAnswers)) {
        return std::move(body).status().WithContext(target);
      }
      VERGE_TRY(Pause(backoff.NextMs()));
    }
  }

  // Collects the answer itself, so that a long or slow one ends at once.
  Result<std::string> GetOnce(const std::string& target, uint64_t max_bytes) {
    std::string body;
    RateGuard guard(context_.slow_after_ms);
    ClientRequest request;
    request.target = target;
    request.sink = [&](std::span<const uint8_t> bytes, uint64_t) -> Status {
      if (bytes.size() > max_bytes - body.size()) {
        return VERGE_ERROR(kResourceExhausted,
                           "the hub sent more than the " + std::to_string(max_bytes) + " bytes allowed");
      }
      body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return Watch(guard, bytes.size());
    };
    request.max_body_bytes = kMaxProblemBytes;  // what is not a 2xx
    was_slow_ = false;
    VERGE_TRY(sys::http::SendOk(context_.client, request).status());
    return body;
  }

  Status Watch(RateGuard& guard, size_t bytes) {
    Status status = guard.Add(bytes);
    was_slow_ = !status.ok();
    return status;
  }

  // Slow answers one after another: whoever sends them does not mean us to have it.
  Status CountSlow(const Status& status) {
    if (!was_slow_) return Status::Ok();
    Log("download of " + target_.app + ": " + status.ToString());
    if (++slow_ < kMaxSlowAnswers) return Status::Ok();
    return VERGE_ERROR(kDataLoss, std::string(status.message()) + ", " + std::to_string(slow_) + " times in a row");
  }

  Result<std::string> GetChecked(const std::string& target, const Descriptor& blob) {
    if (blob.size > static_cast<int64_t>(package::kMaxManifestBytes))
      return VERGE_ERROR(kDataLoss, target + ": larger than 1 MiB");
    VERGE_TRY_ASSIGN(std::string bytes, Get(target, package::kMaxManifestBytes));
    if (static_cast<int64_t>(bytes.size()) != blob.size || sys::DigestNameOf(bytes) != blob.digest) {
      return VERGE_ERROR(kDataLoss, target + ": the hub sent other bytes than the digest names");
    }
    return bytes;
  }

  Result<package::VerifiedPackage> FetchDocuments(const package::Release& agreed) {
    const Descriptor wanted{package::kManifestType, agreed.manifest_digest, agreed.manifest_size};
    VERGE_TRY_ASSIGN(const std::string manifest_bytes, GetChecked(prefix_ + "/manifests/" + wanted.digest, wanted));
    VERGE_TRY_ASSIGN(const package::Manifest manifest, package::ParseManifest(manifest_bytes));
    VERGE_TRY_ASSIGN(const std::string config,
                     GetChecked(prefix_ + "/blobs/" + manifest.config.digest, manifest.config));
    VERGE_TRY_ASSIGN(package::VerifiedPackage package, package::VerifyPackage(agreed, manifest_bytes, config));
    VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(staging_, "manifest.json"), manifest_bytes));
    VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(staging_, "config.json"), config));
    return package;
  }

  // What deltas the hub has to this release. None is no error: the files can be had whole.
  Status FetchDeltaOffers() {
    if (local_.empty()) return Status::Ok();
    Status status = TryFetchDeltaOffers();
    if (status.ok() || status.code() == StatusCode::kCancelled) return status;
    Log("no deltas for " + target_.app + ": " + status.ToString());
    deltas_.clear();
    return Status::Ok();
  }

  Status TryFetchDeltaOffers() {
    const std::string query = "?artifactType=" + sys::http::EncodeComponent(package::kDeltaType);
    VERGE_TRY_ASSIGN(const std::string index_bytes,
                     Get(prefix_ + "/referrers/" + target_.manifest_digest + query, package::kMaxManifestBytes));
    VERGE_TRY_ASSIGN(const std::vector<package::IndexEntry> index, package::ParseIndex(index_bytes));
    size_t count = 0;
    for (const package::IndexEntry& entry : index) {
      if (entry.artifact_type != package::kDeltaType || ++count > kMaxDeltaManifests) continue;
      VERGE_TRY_ASSIGN(const std::string bytes,
                       GetChecked(prefix_ + "/manifests/" + entry.manifest.digest, entry.manifest));
      VERGE_TRY_ASSIGN(package::DeltaManifest manifest, package::ParseDeltaManifest(bytes));
      std::move(manifest.deltas.begin(), manifest.deltas.end(), std::back_inserter(deltas_));
    }
    std::stable_sort(deltas_.begin(), deltas_.end(),
                     [](const auto& a, const auto& b) { return a.blob.size < b.blob.size; });
    return Status::Ok();
  }

  // Makes the file from what is installed. False when it has to be downloaded; a delta that fails is no error.
  Result<bool> MakeFromInstalled(const Descriptor& blob, const std::string& path, const std::string& shown) {
    const std::string fresh = path + ".made";
    const std::string same = local_.Find(blob.digest, blob.size);
    if (!same.empty() && CopyChecked(same, blob.digest, fresh).ok()) {
      VERGE_TRY(context_.fault.Write([&] { return sys::RenameDurable(fresh, path); }));
      return true;
    }
    for (const package::DeltaBlob& delta : deltas_) {
      if (delta.target_digest != blob.digest || delta.blob.size >= blob.size) continue;
      const std::string base = local_.Find(delta.base_digest, delta.base_size);
      if (base.empty()) continue;
      VERGE_TRY(CheckCancelled());
      Status made = FetchBlob(delta.blob, shown + " (delta)");
      if (made.ok()) {
        made = MakeByDelta(base, BlobPath(delta.blob), blob.digest, [this] { return CheckCancelled(); }, fresh);
      }
      if (made.ok()) {
        VERGE_TRY(context_.fault.Write([&] { return sys::RenameDurable(fresh, path); }));
        VERGE_TRY(sys::RemoveFile(BlobPath(delta.blob)));
        Log(shown + " is made by a delta of " + std::to_string(delta.blob.size) + " of its " +
            std::to_string(blob.size) + " bytes");
        return true;
      }
      if (made.code() == StatusCode::kCancelled) return made;
      Log("the delta to " + shown + " is of no use: " + made.ToString());
      VERGE_TRY(sys::RemoveFile(BlobPath(delta.blob)));
    }
    return false;
  }

  // Room for what is still to come, and for the copy in the slot.
  Status CheckSpace(const package::Manifest& manifest) {
    uint64_t needed = kSpareBytes + static_cast<uint64_t>(manifest.total_bytes());
    for (const package::File& file : manifest.files) {
      const Result<uint64_t> have = sys::FileSize(BlobPath(file.blob));
      if (!have.ok()) needed += static_cast<uint64_t>(file.blob.size);
    }
    VERGE_TRY_ASSIGN(const uint64_t space, sys::FreeSpace(staging_));
    if (space >= needed) return Status::Ok();
    return VERGE_ERROR(kResourceExhausted, "not enough disk: " + std::to_string(needed) + " bytes are needed, " +
                                               std::to_string(space) + " are free");
  }

  std::string BlobPath(const Descriptor& blob) const { return sys::JoinPath(staging_, "blobs/" + HexOf(blob.digest)); }

  Status FetchBlob(const Descriptor& blob, const std::string& shown) {
    const std::string path = BlobPath(blob);
    if (sys::Exists(path)) return Status::Ok();  // Verifying reads it again
    const std::string part = path + ".part";
    // A part of a cut download may be damaged in its middle by a power loss: then once more from the start.
    const bool was_there = sys::Exists(part);
    Result<std::string> digest = Download(blob, part);
    if (digest.ok() && *digest != blob.digest && was_there) {
      VERGE_TRY(sys::RemoveFile(part));
      digest = Download(blob, part);
    }
    if (!digest.ok()) return std::move(digest).status().WithContext(shown);
    if (*digest != blob.digest) {
      VERGE_TRY(sys::RemoveFile(part));
      return VERGE_ERROR(kDataLoss, shown + ": the hub sent other bytes than the manifest names");
    }
    return context_.fault.Write([&] { return sys::RenameDurable(part, path); });
  }

  // Appends to `part` until all of the blob is there; returns the digest of what is there then.
  Result<std::string> Download(const Descriptor& blob, const std::string& part) {
    Backoff backoff(200, 30'000);
    for (int broken = 0;;) {
      VERGE_TRY(CheckCancelled());
      VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(part, false, 0600));
      if (file.size_bytes() > static_cast<uint64_t>(blob.size)) {
        VERGE_TRY_ASSIGN(file, sys::OutputFile::Open(part, true, 0600));
      }
      const uint64_t before = file.size_bytes();
      Status sent = before == static_cast<uint64_t>(blob.size) && before > 0 ? Status::Ok() : Receive(blob, part, file);
      VERGE_TRY(file.Sync());
      const uint64_t have = file.size_bytes();
      if (sent.ok() && have == static_cast<uint64_t>(blob.size)) {
        slow_ = 0;
        return sys::DigestNameOfFile(part);
      }
      VERGE_TRY(CheckCancelled());
      VERGE_TRY(CountSlow(sent));
      if (sent.ok()) {
        return VERGE_ERROR(kDataLoss,
                           "the hub has " + std::to_string(have) + " of its " + std::to_string(blob.size) + " bytes");
      }
      if (have > before) {
        broken = 0;
        backoff.Reset();
      } else if (sent.code() == StatusCode::kDataLoss || HubIsThere(blob)) {
        ++broken;  // not the network: the hub itself has no more of it
      }
      if (too_long_ || broken >= kMaxBrokenAnswers) {
        return VERGE_ERROR(kDataLoss, "the hub does not send more than " + std::to_string(have) + " of its " +
                                          std::to_string(blob.size) + " bytes: " + std::string(sent.message()));
      }
      if (sent.code() != StatusCode::kDataLoss && !IsPassing(sent.code())) return sent;
      Log("download of " + target_.app + " is interrupted at byte " + std::to_string(have) + ": " + sent.ToString());
      VERGE_TRY(Pause(backoff.NextMs()));
    }
  }

  bool HubIsThere(const Descriptor& blob) {
    ClientRequest request;
    request.method = sys::http::Method::kHead;
    request.target = prefix_ + "/blobs/" + blob.digest;
    return sys::http::SendOk(context_.client, request).ok();
  }

  // One request for the rest of the blob.
  Status Receive(const Descriptor& blob, const std::string& part, sys::OutputFile& file) {
    too_long_ = false;
    was_slow_ = false;
    RateGuard guard(context_.slow_after_ms);
    ClientRequest request;
    request.target = prefix_ + "/blobs/" + blob.digest;
    request.range_start = file.size_bytes();
    request.max_body_bytes = static_cast<uint64_t>(blob.size) + 1;
    request.sink = [&](std::span<const uint8_t> bytes, uint64_t offset) -> Status {
      VERGE_TRY(CheckCancelled());
      if (offset != file.size_bytes()) {
        if (offset != 0) return VERGE_ERROR(kDataLoss, "the hub sent another range than was asked for");
        VERGE_TRY_ASSIGN(file, sys::OutputFile::Open(part, true, 0600));  // it does not do ranges: all over again
      }
      if (bytes.size() > static_cast<uint64_t>(blob.size) - file.size_bytes()) {
        too_long_ = true;
        return VERGE_ERROR(kDataLoss,
                           "the hub sent more than the " + std::to_string(blob.size) + " bytes of the manifest");
      }
      VERGE_TRY(file.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
      VERGE_TRY(Watch(guard, bytes.size()));
      return context_.throttle.Spend(bytes.size(), [this] { return CheckCancelled(); });
    };
    return sys::http::SendOk(context_.client, request).status();
  }

  const FetchContext& context_;
  const proto::DesiredApp& target_;
  std::string staging_;
  std::string prefix_;
  bool too_long_ = false;
  bool was_slow_ = false;  // the last answer
  int slow_ = 0;           // answers in a row
  LocalFiles local_;
  std::vector<package::DeltaBlob> deltas_;  // smallest first
};

}  // namespace

Status Fetch(const FetchContext& context, const proto::DesiredApp& target, const std::string& staging_dir) {
  return Fetcher(context, target, staging_dir).Run();
}

}  // namespace verge::agent
