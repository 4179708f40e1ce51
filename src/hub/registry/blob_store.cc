#include "hub/registry/blob_store.h"

#include "sys/crypto/encode.h"
#include "sys/crypto/random.h"
#include "sys/file/file.h"

namespace verge::hub {

Result<std::unique_ptr<BlobStore>> BlobStore::Open(const std::string& dir) {
  VERGE_TRY(sys::RemoveTree(dir + "/uploads"));
  VERGE_TRY(sys::MakeDirs(dir + "/uploads", 0700));
  VERGE_TRY(sys::MakeDirs(dir + "/blobs/sha256", 0700));
  return std::unique_ptr<BlobStore>(new BlobStore(dir));
}

std::string BlobStore::PathOf(const std::string& digest) const {
  constexpr size_t kPrefix = 7;  // "sha256:"
  return dir_ + "/blobs/sha256/" + digest.substr(kPrefix);
}

bool BlobStore::Has(const std::string& digest) const { return sys::Exists(PathOf(digest)); }

Result<std::string> BlobStore::Read(const std::string& digest, uint64_t limit_bytes) const {
  return sys::ReadFile(PathOf(digest), limit_bytes);
}

Status BlobStore::Put(const std::string& digest, std::string_view bytes) {
  if (Has(digest)) return Status::Ok();
  return sys::WriteFileAtomic(PathOf(digest), bytes, 0600);
}

void BlobStore::PurgeLocked(int64_t now_ms) {
  for (auto it = uploads_.begin(); it != uploads_.end();) {
    Upload& upload = *it->second;
    if (upload.busy || now_ms - upload.used_at < kUploadIdleMs) {
      ++it;
      continue;
    }
    (void)sys::RemoveFile(upload.path);  // what stays is removed at the next start
    it = uploads_.erase(it);
  }
}

Result<std::shared_ptr<Upload>> BlobStore::Start(const std::string& repository, int64_t now_ms) {
  const std::string id = sys::HexEncode(sys::RandomBytes(16));
  const std::string path = dir_ + "/uploads/" + id;
  const std::lock_guard lock(mutex_);
  PurgeLocked(now_ms);
  if (uploads_.size() >= kMaxUploads) {
    return VERGE_ERROR(kResourceExhausted, "too many uploads are under way: finish or delete some, or wait");
  }
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(path, true, 0600));
  auto upload = std::make_shared<Upload>(repository, id, path, std::move(file));
  upload->busy = true;
  upload->used_at = now_ms;
  uploads_[id] = upload;
  return upload;
}

Result<std::shared_ptr<Upload>> BlobStore::Acquire(const std::string& repository, const std::string& id,
                                                   int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto it = uploads_.find(id);
  if (it == uploads_.end() || it->second->repository != repository) {
    return VERGE_ERROR(kNotFound,
                       "there is no such upload: it was finished, deleted, idle for too long, or the hub restarted");
  }
  Upload& upload = *it->second;
  if (upload.busy) return VERGE_ERROR(kAborted, "another request is writing to this upload");
  upload.busy = true;
  upload.used_at = now_ms;
  return it->second;
}

void BlobStore::Release(Upload& upload) {
  if (upload.broken) {
    Drop(upload);
    return;
  }
  const std::lock_guard lock(mutex_);
  upload.busy = false;
}

Status BlobStore::Finish(Upload& upload, const std::string& digest) {
  sys::Sha256 hash = upload.hash;
  const std::string actual = sys::DigestName(hash.Finish());
  Status status;
  if (actual != digest) {
    status = VERGE_ERROR(kInvalidArgument, "the uploaded bytes have digest " + actual + ", not " + digest);
  } else {
    status = upload.file.Sync();
    if (status.ok()) status = sys::RenameDurable(upload.path, PathOf(digest));
  }
  Drop(upload);
  return status;
}

void BlobStore::Drop(Upload& upload) {
  (void)sys::RemoveFile(upload.path);  // renamed away after success; what stays is removed at the next start
  const std::lock_guard lock(mutex_);
  uploads_.erase(upload.id);
}

Status UploadSink::Write(std::span<const uint8_t> bytes) {
  if (upload_->file.size_bytes() + bytes.size() > kMaxBlobBytes) {
    return VERGE_ERROR(kResourceExhausted, "a blob may have at most 2 GiB");
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const Status written = upload_->file.Write(text);
  upload_->broken = !written.ok();
  if (written.ok()) upload_->hash.Update(text);
  return written;
}

}  // namespace verge::hub
