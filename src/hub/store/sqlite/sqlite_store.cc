#include "hub/store/sqlite/sqlite_store.h"

#include "hub/store/sqlite/migrations.h"
#include "hub/store/sqlite/sqlite_store_impl.h"

namespace verge::hub {

Result<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {}));
  VERGE_TRY(db.Migrate(kMigrations));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(db)));
}

Status SqliteStore::AddOperator(const std::string& name, const std::string& token_hash, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  return db_.Run("INSERT INTO operators(token_hash, name, created_at) VALUES(?, ?, ?)", {token_hash, name, now_ms});
}

Result<std::optional<std::string>> SqliteStore::FindOperator(const std::string& token_hash) {
  const std::lock_guard lock(mutex_);
  return db_.QueryText("SELECT name FROM operators WHERE token_hash = ?", {token_hash});
}

Result<SummaryCounts> SqliteStore::Summarize(int64_t now_ms, int64_t online_since) {
  constexpr int64_t kDayMs = 24LL * 3600 * 1000;
  const std::lock_guard lock(mutex_);
  SummaryCounts out;
  const auto count = [&](int64_t& value, std::string_view sql, std::initializer_list<sys::DbValue> values) {
    VERGE_TRY_ASSIGN(const std::optional<int64_t> n, db_.QueryInt(sql, values));
    value = n.value_or(0);
    return Status::Ok();
  };
  VERGE_TRY(count(out.devices, "SELECT count(*) FROM devices WHERE removed_at IS NULL", {}));
  VERGE_TRY(
      count(out.online, "SELECT count(*) FROM devices WHERE removed_at IS NULL AND last_seen >= ?", {online_since}));
  VERGE_TRY(count(out.releases, "SELECT count(*) FROM releases", {}));
  VERGE_TRY(count(out.events, "SELECT count(*) FROM events", {}));
  VERGE_TRY(count(out.alerts_24h, "SELECT count(*) FROM events WHERE priority = 'alert' AND received_ms >= ?",
                  {now_ms - kDayMs}));
  VERGE_TRY(CountDeployments(out));
  return out;
}

}  // namespace verge::hub
