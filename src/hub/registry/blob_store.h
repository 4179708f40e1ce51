// The bytes of packages: one file a blob, named by its digest, and uploads on their way to becoming one.
//
// Layout    DIR/blobs/sha256/<hex> and DIR/uploads/<id>. A file under blobs/ is whole, verified and durable: an upload
// is
//           hashed as it arrives and renamed there only when the digest is right. Uploads do not survive a restart.
// Threads   any. One request at a time writes to one upload.
// Errors    kNotFound no such upload | kAborted another request is writing to it | kInvalidArgument wrong digest |
//           kResourceExhausted too large, too many uploads, or the disk is full.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "sys/crypto/hash.h"
#include "sys/file/output_file.h"
#include "sys/http/server.h"

namespace verge::hub {

inline constexpr uint64_t kMaxBlobBytes = uint64_t{2} << 30;
inline constexpr size_t kMaxUploads = 64;
inline constexpr int64_t kUploadIdleMs = 3600 * 1000;

// One upload. Its fields belong to whoever holds it busy.
struct Upload {
  Upload(std::string repository_in, std::string id_in, std::string path_in, sys::OutputFile file_in)
      : repository(std::move(repository_in)),
        id(std::move(id_in)),
        path(std::move(path_in)),
        file(std::move(file_in)) {}

  const std::string repository;
  const std::string id;
  const std::string path;
  sys::OutputFile file;
  sys::Sha256 hash;
  bool broken = false;  // a write failed: file and hash may differ

  // Guarded by the store's mutex.
  bool busy = false;
  int64_t used_at = 0;  // monotonic ms
};

class BlobStore {
 public:
  // Creates the folders and removes what uploads an earlier process left.
  static Result<std::unique_ptr<BlobStore>> Open(const std::string& dir);

  // `digest` must be a valid digest name (sys::IsDigestName).
  std::string PathOf(const std::string& digest) const;
  bool Has(const std::string& digest) const;
  // kNotFound, kResourceExhausted when larger than `limit_bytes`.
  Result<std::string> Read(const std::string& digest, uint64_t limit_bytes) const;
  // Durable; the digest is that of `bytes`.
  Status Put(const std::string& digest, std::string_view bytes);

  // Both give an upload held busy; Release it after the request.
  Result<std::shared_ptr<Upload>> Start(const std::string& repository, int64_t now_ms);
  Result<std::shared_ptr<Upload>> Acquire(const std::string& repository, const std::string& id, int64_t now_ms);
  void Release(Upload& upload);
  // Makes a busy upload the blob `digest`, durable, and forgets the upload, right or wrong.
  Status Finish(Upload& upload, const std::string& digest);
  // Forgets a busy upload.
  void Drop(Upload& upload);

 private:
  explicit BlobStore(std::string dir) : dir_(std::move(dir)) {}
  void PurgeLocked(int64_t now_ms);

  const std::string dir_;
  std::mutex mutex_;
  // Shared: the request that writes holds it too, while a purge may forget it here.
  std::map<std::string, std::shared_ptr<Upload>> uploads_;
};

// Writes a request body into an upload held busy and releases it at the end.
class UploadSink final : public sys::http::BodySink {
 public:
  UploadSink(BlobStore* store, std::shared_ptr<Upload> upload) : store_(store), upload_(std::move(upload)) {}
  ~UploadSink() override { store_->Release(*upload_); }
  UploadSink(const UploadSink&) = delete;
  UploadSink& operator=(const UploadSink&) = delete;

  Status Write(std::span<const uint8_t> bytes) override;
  Upload& upload() { return *upload_; }

 private:
  BlobStore* store_;
  std::shared_ptr<Upload> upload_;
};

}  // namespace verge::hub
