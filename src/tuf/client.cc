#include "tuf/client.h"

#include <algorithm>
#include <utility>

#include "tuf/verify.h"

namespace verge::tuf {
namespace {

constexpr char kRootName[] = "root.json";

Status OlderThan(const char* what, int64_t got, int64_t trusted) {
  return VERGE_ERROR(kDataLoss, std::string(what) + " metadata: version " + std::to_string(got) +
                                    " is older than the trusted version " + std::to_string(trusted) + " (rollback)");
}

// What the store has under that name; empty when it has nothing that can be read.
Result<std::string> ReadOrEmpty(Store& store, const std::string& name) {
  Result<std::string> bytes = store.Read(name);
  if (bytes.ok() || bytes.code() != StatusCode::kNotFound) return bytes;
  return std::string();
}

uint64_t LimitOf(const MetaFile& file, size_t fallback) {
  const uint64_t stated = file.length ? static_cast<uint64_t>(*file.length) : fallback;
  return std::min<uint64_t>(stated, fallback);
}

const MetaFile* MetaOf(const Snapshot& snapshot, const std::string& role) {
  const auto found = snapshot.meta.find(role + ".json");
  return found == snapshot.meta.end() ? nullptr : &found->second;
}

}  // namespace

Result<Client> Client::Open(Store& store) {
  Result<std::string> bytes = store.Read(kRootName);
  if (!bytes.ok() && bytes.code() == StatusCode::kNotFound) {
    return VERGE_ERROR(kFailedPrecondition, "there is no trusted root: put the publisher's root.json there first");
  }
  VERGE_TRY_ASSIGN(const std::string text, std::move(bytes));
  VERGE_TRY_ASSIGN(Document<Root> root, ParseRoot(text));
  VERGE_TRY(CheckSignatures(root, root.value.keys, root.value.root));
  return Client(store, std::move(root));
}

void Client::NameRoles() {
  const Root& root = root_.value;
  const std::string online = MarkOfKeys(root, {&root.timestamp, &root.snapshot});
  timestamp_name_ = "timestamp-" + online + ".json";
  snapshot_name_ = "snapshot-" + online + ".json";
  targets_name_ = "targets-" + MarkOfKeys(root, {&root.targets}) + ".json";
}

// Documents under former keys. They are not read any more; failing to remove them costs a few kilobytes.
void Client::ForgetOthers() {
  const Result<std::vector<std::string>> names = store_->List();
  for (size_t i = 0; names.ok() && i < names->size(); ++i) {
    const std::string& name = (*names)[i];
    const bool is_ours =
        name.starts_with("timestamp-") || name.starts_with("snapshot-") || name.starts_with("targets-");
    const bool is_used = name == timestamp_name_ || name == snapshot_name_ || name == targets_name_;
    if (is_ours && !is_used) (void)store_->Remove(name).ok();
  }
}

std::string Client::FileName(const std::string& role, int64_t version) const {
  return root_.value.consistent_snapshot ? std::to_string(version) + "." + role + ".json" : role + ".json";
}

Status Client::UpdateRoot(Fetcher& fetcher) {
  for (size_t i = 0; i < kMaxRootUpdates; ++i) {
    const std::string name = std::to_string(root_.value.version + 1) + ".root.json";
    Result<std::string> bytes = fetcher.Fetch(name, kMaxRootBytes);
    if (!bytes.ok() && bytes.code() == StatusCode::kNotFound) break;
    VERGE_TRY_ASSIGN(const std::string text, std::move(bytes));
    VERGE_TRY_ASSIGN(Document<Root> next, ParseRoot(text));
    VERGE_TRY(CheckNextRoot(root_.value, next));
    VERGE_TRY(store_->Write(kRootName, text));
    root_ = std::move(next);
    NameRoles();
    timestamp_.reset();
    snapshot_.reset();
    targets_.reset();
    delegated_.clear();
  }
  return Status::Ok();
}

// The stored document of a role, if it is still signed as the root wants it.
template <typename T>
Result<std::optional<Document<T>>> Client::LoadSigned(const std::string& name,
                                                      Result<Document<T>> (*parse)(std::string_view),
                                                      const Role& role) {
  VERGE_TRY_ASSIGN(const std::string text, ReadOrEmpty(*store_, name));
  Result<Document<T>> read = parse(text);
  std::optional<Document<T>> document;
  if (read.ok() && CheckSignatures(*read, root_.value.keys, role).ok()) document = std::move(read).value();
  return document;
}

Status Client::LoadTimestamp() {
  VERGE_TRY_ASSIGN(timestamp_, LoadSigned(timestamp_name_, ParseTimestamp, root_.value.timestamp));
  return Status::Ok();
}

Status Client::LoadSnapshot() {
  VERGE_TRY_ASSIGN(snapshot_, LoadSigned(snapshot_name_, ParseSnapshot, root_.value.snapshot));
  return Status::Ok();
}

Result<std::optional<Document<Targets>>> Client::LoadTargets() {
  return LoadSigned(targets_name_, ParseTargets, root_.value.targets);
}

Status Client::UpdateTimestamp(Fetcher& fetcher, int64_t now_ms) {
  VERGE_TRY(LoadTimestamp());
  VERGE_TRY_ASSIGN(const std::string text, fetcher.Fetch("timestamp.json", kMaxTimestampBytes));
  VERGE_TRY_ASSIGN(Document<Timestamp> fresh, ParseTimestamp(text));
  VERGE_TRY(CheckSignatures(fresh, root_.value.keys, root_.value.timestamp));
  if (timestamp_ && fresh.value.version < timestamp_->value.version) {
    return OlderThan("timestamp", fresh.value.version, timestamp_->value.version);
  }
  const bool is_new = !timestamp_ || fresh.value.version > timestamp_->value.version;
  if (is_new && timestamp_ && fresh.value.snapshot.version < timestamp_->value.snapshot.version) {
    return OlderThan("snapshot", fresh.value.snapshot.version, timestamp_->value.snapshot.version);
  }
  VERGE_TRY(CheckExpiry("timestamp", is_new ? fresh.value : timestamp_->value, now_ms));
  if (!is_new) return Status::Ok();
  VERGE_TRY(store_->Write(timestamp_name_, text));
  timestamp_ = std::move(fresh);
  return Status::Ok();
}

// No document may go back, and none may disappear.
Status Client::CheckNewSnapshot(const Document<Snapshot>& fresh) const {
  if (!snapshot_) return Status::Ok();
  for (const auto& [name, trusted] : snapshot_->value.meta) {
    const auto now = fresh.value.meta.find(name);
    if (now == fresh.value.meta.end()) {
      return VERGE_ERROR(kDataLoss, "snapshot metadata: " + name + " has disappeared since version " +
                                        std::to_string(snapshot_->value.version));
    }
    if (now->second.version < trusted.version) return OlderThan(name.c_str(), now->second.version, trusted.version);
  }
  return Status::Ok();
}

Status Client::UpdateSnapshot(Fetcher& fetcher, int64_t now_ms) {
  VERGE_TRY(LoadSnapshot());
  const MetaFile& named = timestamp_->value.snapshot;
  VERGE_TRY_ASSIGN(const std::string stored, ReadOrEmpty(*store_, snapshot_name_));
  const bool is_there = snapshot_ && snapshot_->value.version == named.version && CheckFile("", stored, named).ok();
  if (is_there) return CheckExpiry("snapshot", snapshot_->value, now_ms);
  VERGE_TRY_ASSIGN(const std::string text,
                   fetcher.Fetch(FileName("snapshot", named.version), LimitOf(named, kMaxSnapshotBytes)));
  VERGE_TRY(CheckFile("snapshot", text, named));
  VERGE_TRY_ASSIGN(Document<Snapshot> fresh, ParseSnapshot(text));
  VERGE_TRY(CheckSignatures(fresh, root_.value.keys, root_.value.snapshot));
  if (fresh.value.version != named.version) {
    return VERGE_ERROR(kDataLoss, "snapshot metadata: version " + std::to_string(fresh.value.version) +
                                      " where the timestamp names " + std::to_string(named.version));
  }
  VERGE_TRY(CheckNewSnapshot(fresh));
  VERGE_TRY(CheckExpiry("snapshot", fresh.value, now_ms));
  VERGE_TRY(store_->Write(snapshot_name_, text));
  snapshot_ = std::move(fresh);
  return Status::Ok();
}

Status Client::UpdateTargets(Fetcher& fetcher, int64_t now_ms) {
  VERGE_TRY_ASSIGN(std::optional<Document<Targets>> trusted, LoadTargets());
  const MetaFile named = *MetaOf(snapshot_->value, "targets");  // the parser saw to it that it is there
  VERGE_TRY_ASSIGN(const std::string stored, ReadOrEmpty(*store_, targets_name_));
  if (trusted && trusted->value.version == named.version && CheckFile("", stored, named).ok()) {
    targets_ = std::move(trusted);
    return CheckExpiry("targets", targets_->value, now_ms);
  }
  if (trusted && named.version < trusted->value.version)
    return OlderThan("targets", named.version, trusted->value.version);
  VERGE_TRY_ASSIGN(const std::string text,
                   fetcher.Fetch(FileName("targets", named.version), LimitOf(named, kMaxTargetsBytes)));
  VERGE_TRY(CheckFile("targets", text, named));
  VERGE_TRY_ASSIGN(Document<Targets> fresh, ParseTargets(text));
  VERGE_TRY(CheckSignatures(fresh, root_.value.keys, root_.value.targets));
  if (fresh.value.version != named.version) {
    return VERGE_ERROR(kDataLoss, "targets metadata: version " + std::to_string(fresh.value.version) +
                                      " where the snapshot names " + std::to_string(named.version));
  }
  VERGE_TRY(CheckExpiry("targets", fresh.value, now_ms));
  VERGE_TRY(store_->Write(targets_name_, text));
  targets_ = std::move(fresh);
  return Status::Ok();
}

Status Client::Refresh(Fetcher& fetcher, int64_t now_ms) {
  targets_.reset();
  delegated_.clear();
  VERGE_TRY(CheckExpiry("root", root_.value, now_ms));
  VERGE_TRY(UpdateTimestamp(fetcher, now_ms));
  VERGE_TRY(UpdateSnapshot(fetcher, now_ms));
  VERGE_TRY(UpdateTargets(fetcher, now_ms));
  ForgetOthers();
  return Status::Ok();
}

Status Client::LoadTrusted() {
  delegated_.clear();
  VERGE_TRY(LoadTimestamp());
  VERGE_TRY(LoadSnapshot());
  VERGE_TRY_ASSIGN(targets_, LoadTargets());
  const bool is_whole =
      timestamp_ && snapshot_ && targets_ && MetaOf(snapshot_->value, "targets")->version == targets_->value.version;
  if (is_whole) return Status::Ok();
  targets_.reset();
  return VERGE_ERROR(kFailedPrecondition, "the trusted metadata are not complete: a refresh was interrupted");
}

Result<const Targets*> Client::Delegated(const Delegation& role, const Targets& parent, Fetcher* fetcher,
                                         int64_t now_ms) {
  const MetaFile* named = MetaOf(snapshot_->value, role.name);
  if (named == nullptr) return static_cast<const Targets*>(nullptr);
  const std::string name = "role-" + role.name + ".json";
  VERGE_TRY_ASSIGN(std::string text, ReadOrEmpty(*store_, name));
  Result<Document<Targets>> stored = ParseTargets(text);
  const bool is_there = stored.ok() && stored->value.version == named->version && CheckFile("", text, *named).ok() &&
                        CheckSignatures(*stored, parent.keys, role.role).ok();
  if (!is_there) {
    if (fetcher == nullptr)
      return VERGE_ERROR(kFailedPrecondition, "the metadata of role " + role.name + " are not there");
    VERGE_TRY_ASSIGN(text, fetcher->Fetch(FileName(role.name, named->version), LimitOf(*named, kMaxTargetsBytes)));
    VERGE_TRY(CheckFile(role.name, text, *named));
    stored = ParseTargets(text);
    if (!stored.ok()) return std::move(stored).status().WithContext("role " + role.name);
    VERGE_TRY(CheckSignatures(*stored, parent.keys, role.role, role.name));
    if (stored->value.version != named->version) {
      return VERGE_ERROR(kDataLoss, role.name + " metadata: another version than the snapshot names");
    }
  }
  if (fetcher != nullptr) VERGE_TRY(CheckExpiry(role.name, stored->value, now_ms));
  if (!is_there) VERGE_TRY(store_->Write(name, text));
  return &delegated_.insert_or_assign(role.name, std::move(stored).value()).first->second.value;
}

Result<std::optional<Target>> Client::Find(const std::string& path, Fetcher* fetcher, int64_t now_ms) {
  if (!targets_ || !snapshot_) return VERGE_ERROR(kFailedPrecondition, "the metadata were not refreshed");
  return FindTarget(targets_->value, path, [&](const Delegation& role, const Targets& parent) {
    return Delegated(role, parent, fetcher, now_ms);
  });
}

}  // namespace verge::tuf
