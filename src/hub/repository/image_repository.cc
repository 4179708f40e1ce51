#include "hub/repository/image_repository.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "proto/names.h"
#include "sys/crypto/hash.h"
#include "sys/file/file.h"
#include "tuf/verify.h"

namespace verge::hub {
namespace {

constexpr int64_t kSnapshotTtlMs = int64_t{7} * 86'400'000;
constexpr char kPublishedName[] = "published.json";
constexpr char kTimestampName[] = "timestamp.json";

bool IsOnlyKey(const tuf::Root& root, const tuf::Role& role, const sys::Ed25519KeyPair& key) {
  const std::string keyid = tuf::KeyIdOf(tuf::Ed25519Key(key.public_key));
  return role.threshold == 1 && root.keys.contains(keyid) &&
         std::find(role.keyids.begin(), role.keyids.end(), keyid) != role.keyids.end();
}

template <typename T>
Result<std::string> Signed(const T& value, const sys::Ed25519KeyPair& key) {
  VERGE_TRY_ASSIGN(tuf::Document<T> document, tuf::MakeDocument(value));
  VERGE_TRY(tuf::AddSignature(document.canonical, key, document.signatures));
  return document.Text();
}

template <typename T>
bool IsSignedBy(const tuf::Document<T>& document, const sys::Ed25519KeyPair& key) {
  const tuf::Key pub = tuf::Ed25519Key(key.public_key);
  const std::string keyid = tuf::KeyIdOf(pub);
  return tuf::CountSigners(document.canonical, document.signatures, {{keyid, pub}}, {{keyid}, 1}) == 1;
}

// The number of the newest "<N>.snapshot.json"; 0 when there is none.
int64_t NewestSnapshot(const std::vector<std::string>& names) {
  int64_t newest = 0;
  for (const std::string& name : names) {
    if (!name.ends_with(".snapshot.json")) continue;
    int64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    newest = std::max(newest, number);
  }
  return newest;
}

Status Refused(const Status& why) {
  return VERGE_ERROR(kFailedPrecondition, "the repository is refused: " + std::string(why.message()));
}

}  // namespace

Result<std::unique_ptr<ImageRepository>> ImageRepository::Open(const std::string& data_dir, OnlineKeys keys,
                                                               const sys::Clock& clock, int64_t timestamp_ttl_ms) {
  std::unique_ptr<ImageRepository> out(
      new ImageRepository(sys::JoinPath(data_dir, "repository"), std::move(keys), clock, timestamp_ttl_ms));
  const std::lock_guard lock(out->mutex_);
  VERGE_TRY(sys::MakeDirs(sys::JoinPath(out->dir_, "files"), 0700));
  VERGE_TRY(out->Load());
  return out;
}

Status ImageRepository::Load() {
  const std::string path = sys::JoinPath(dir_, kPublishedName);
  if (!sys::Exists(path)) return Status::Ok();
  VERGE_TRY_ASSIGN(const std::string text, sys::ReadFile(path, tuf::kMaxBundleBytes));
  VERGE_TRY_ASSIGN(tuf::Bundle bundle, tuf::ParseBundle(text));
  VERGE_TRY_ASSIGN(published_, tuf::Published::Check(std::move(bundle)));
  VERGE_TRY_ASSIGN(const std::vector<std::string> names, sys::ListDir(sys::JoinPath(dir_, "files")));
  if (const int64_t newest = NewestSnapshot(names); newest > 0) {
    const std::string name = "files/" + std::to_string(newest) + ".snapshot.json";
    VERGE_TRY_ASSIGN(snapshot_text_, sys::ReadFile(sys::JoinPath(dir_, name), tuf::kMaxSnapshotBytes));
    VERGE_TRY_ASSIGN(tuf::Document<tuf::Snapshot> snapshot, tuf::ParseSnapshot(snapshot_text_));
    if (!IsSignedBy(snapshot, keys_.snapshot)) snapshot.value.expires_ms = 0;  // by former keys: sign anew
    snapshot_ = std::move(snapshot.value);
  }
  if (sys::Exists(sys::JoinPath(dir_, kTimestampName))) {
    VERGE_TRY_ASSIGN(timestamp_text_, sys::ReadFile(sys::JoinPath(dir_, kTimestampName), tuf::kMaxTimestampBytes));
    VERGE_TRY_ASSIGN(tuf::Document<tuf::Timestamp> timestamp, tuf::ParseTimestamp(timestamp_text_));
    if (!IsSignedBy(timestamp, keys_.timestamp)) timestamp.value.expires_ms = 0;
    timestamp_ = std::move(timestamp.value);
  }
  return CheckNamesUs(published_->root()).ok() ? Renew() : Status::Ok();
}

// A root that names other online keys would make every device refuse what this hub signs.
Status ImageRepository::CheckNamesUs(const tuf::Root& root) const {
  const bool names_us = IsOnlyKey(root, root.timestamp, keys_.timestamp) &&
                        IsOnlyKey(root, root.snapshot, keys_.snapshot) && root.director &&
                        IsOnlyKey(root, *root.director, keys_.director);
  if (names_us) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition,
                     "the root does not name this hub's keys for timestamp, snapshot and director: "
                     "`verge repo rotate DIR online --hub URL` puts them there");
}

Status ImageRepository::WriteDocument(const std::string& name, const std::string& text) {
  return sys::WriteFileAtomic(sys::JoinPath(dir_, "files/" + name), text);
}

Status ImageRepository::Publish(tuf::Bundle bundle) {
  Result<tuf::Published> next = tuf::Published::Check(std::move(bundle));
  if (!next.ok()) return Refused(next.status());
  VERGE_TRY(CheckNamesUs(next->root()));
  const int64_t now_ms = clock_.WallMs();
  for (const auto& [what, header] :
       {std::pair<const char*, const tuf::Header*>{"root", &next->root()}, {"targets", &next->targets()}}) {
    if (Status expired = tuf::CheckExpiry(what, *header, now_ms); !expired.ok()) return Refused(expired);
  }
  const std::lock_guard lock(mutex_);
  if (published_) {
    if (Status follows = published_->CheckFollowedBy(*next); !follows.ok()) return Refused(follows);
  }
  for (const auto& [name, file] : next->Meta()) {  // also of roles that were gone in between
    const auto listed = snapshot_.meta.find(name);
    if (listed == snapshot_.meta.end() || file.version >= listed->second.version) continue;
    return Refused(VERGE_ERROR(
        kDataLoss, name + ": devices have seen version " + std::to_string(listed->second.version) + " already"));
  }
  for (const auto& [name, text] : next->Files()) VERGE_TRY(WriteDocument(name, text));
  VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(dir_, kPublishedName), tuf::ToJson(next->bundle())));
  published_ = std::move(next).value();
  return Renew();
}

Status ImageRepository::RenewSnapshot() {
  std::map<std::string, tuf::MetaFile> meta = published_->Meta();
  for (const auto& [name, file] : snapshot_.meta) meta.emplace(name, file);  // a name once listed stays listed
  const int64_t now_ms = clock_.WallMs();
  if (meta == snapshot_.meta && snapshot_.expires_ms - now_ms > kSnapshotTtlMs / 2) return Status::Ok();
  tuf::Snapshot next;
  next.version = snapshot_.version + 1;
  next.expires_ms = now_ms + kSnapshotTtlMs;
  next.meta = std::move(meta);
  VERGE_TRY_ASSIGN(const std::string text, Signed(next, keys_.snapshot));
  VERGE_TRY(WriteDocument(std::to_string(next.version) + ".snapshot.json", text));
  snapshot_ = std::move(next);
  snapshot_text_ = text;
  return Status::Ok();
}

Status ImageRepository::Renew() {
  VERGE_TRY(RenewSnapshot());
  const int64_t now_ms = clock_.WallMs();
  const tuf::MetaFile named = tuf::DescribeFile(snapshot_.version, snapshot_text_);
  if (named == timestamp_.snapshot && timestamp_.expires_ms - now_ms > timestamp_ttl_ms_ / 2) return Status::Ok();
  tuf::Timestamp next;
  next.version = timestamp_.version + 1;
  next.expires_ms = now_ms + timestamp_ttl_ms_;
  next.snapshot = named;
  VERGE_TRY_ASSIGN(const std::string text, Signed(next, keys_.timestamp));
  VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(dir_, kTimestampName), text));
  timestamp_ = std::move(next);
  timestamp_text_ = text;
  return Status::Ok();
}

Result<std::string> ImageRepository::File(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!published_) return VERGE_ERROR(kNotFound, "nothing was published to this hub yet");
  if (name == kTimestampName) {
    VERGE_TRY(Renew());
    return timestamp_text_;
  }
  const std::string path = sys::JoinPath(dir_, "files/" + name);
  if (!proto::IsIdentifier(name) || !sys::Exists(path)) return VERGE_ERROR(kNotFound, "there is no " + name);
  return sys::ReadFile(path, tuf::kMaxTargetsBytes);
}

Result<std::string> ImageRepository::RootOfDigest(const std::string& sha256) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; published_ && i < published_->bundle().roots.size(); ++i) {
    const std::string& text = published_->bundle().roots[i];
    if (sys::Sha256Hex(text) == sha256) return text;
  }
  return VERGE_ERROR(kFailedPrecondition,
                     "this hub has no root with the digest of the token: publish the repository first");
}

Result<std::optional<tuf::Target>> ImageRepository::FindLocked(const std::string& path) const {
  if (!published_) return std::optional<tuf::Target>();
  return published_->Find(path);
}

Result<std::optional<tuf::Target>> ImageRepository::Find(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return FindLocked(path);
}

std::string ImageRepository::SignerOf(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return published_ ? published_->SignerOf(path) : std::string();
}

Result<std::string> ImageRepository::SignDirector(tuf::Director director) {
  const std::lock_guard lock(mutex_);
  director.time_ms = clock_.WallMs();
  director.expires_ms = director.time_ms + timestamp_ttl_ms_;
  for (auto it = director.targets.begin(); it != director.targets.end();) {
    VERGE_TRY_ASSIGN(const std::optional<tuf::Target> image, FindLocked(it->first));
    const bool is_agreed = image && image->length == it->second.length && image->sha256 == it->second.sha256;
    it = is_agreed ? std::next(it) : director.targets.erase(it);
  }
  return Signed(director, keys_.director);
}

}  // namespace verge::hub
