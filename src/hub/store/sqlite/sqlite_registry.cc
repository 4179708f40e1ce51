// The registry's index.
#include "hub/store/sqlite/sqlite_store_impl.h"

namespace verge::hub {
namespace {

constexpr const char* kManifestColumns =
    "SELECT digest, media_type, artifact_type, subject, size_bytes, annotations FROM manifests ";

ManifestRow ReadManifest(const sys::Statement& row) {
  return {row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4), row.Text(5)};
}

}  // namespace

Status SqliteStore::AddBlob(const std::string& repository, const std::string& digest, int64_t size_bytes) {
  const std::lock_guard lock(mutex_);
  return db_.Run("INSERT OR IGNORE INTO blobs(repository, digest, size_bytes) VALUES(?, ?, ?)",
                 {repository, digest, size_bytes});
}

Result<std::optional<int64_t>> SqliteStore::FindBlob(const std::string& repository, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  return db_.QueryInt("SELECT size_bytes FROM blobs WHERE repository = ? AND digest = ?", {repository, digest});
}

Status SqliteStore::AddManifest(const std::string& repository, const ManifestRow& manifest, const std::string& tag) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(db_.Run(
      "INSERT INTO manifests(repository, digest, media_type, artifact_type, subject, size_bytes, annotations) "
      "VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(repository, digest) DO UPDATE SET media_type = excluded.media_type",
      {repository, manifest.digest, manifest.media_type, manifest.artifact_type, manifest.subject, manifest.size_bytes,
       manifest.annotations_json}));
  if (!tag.empty()) {
    VERGE_TRY(
        db_.Run("INSERT INTO tags(repository, tag, digest) VALUES(?, ?, ?) "
                "ON CONFLICT(repository, tag) DO UPDATE SET digest = excluded.digest",
                {repository, tag, manifest.digest}));
  }
  return transaction.Commit();
}

Result<std::optional<ManifestRow>> SqliteStore::FindManifest(const std::string& repository,
                                                             const std::string& reference) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(
      sys::Statement select,
      db_.Prepare(std::string(kManifestColumns) + "WHERE repository = ?1 AND digest = coalesce("
                                                  "(SELECT digest FROM tags WHERE repository = ?1 AND tag = ?2), ?2)"));
  VERGE_TRY(select.Bind({repository, reference}));
  VERGE_TRY_ASSIGN(const bool found, select.Step());
  if (!found) return std::optional<ManifestRow>();
  return std::optional<ManifestRow>(ReadManifest(select));
}

Result<std::vector<std::string>> SqliteStore::ListTags(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select, db_.Prepare("SELECT tag FROM tags WHERE repository = ? ORDER BY tag"));
  VERGE_TRY(select.Bind({repository}));
  std::vector<std::string> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    out.push_back(select.Text(0));
  }
}

Result<std::vector<ManifestRow>> SqliteStore::ListReferrers(const std::string& repository, const std::string& subject) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare(std::string(kManifestColumns) + "WHERE repository = ? AND subject = ? AND subject <> '' "
                                                               "ORDER BY digest LIMIT 1000"));
  VERGE_TRY(select.Bind({repository, subject}));
  std::vector<ManifestRow> out;
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) return out;
    out.push_back(ReadManifest(select));
  }
}

}  // namespace verge::hub
