#include "agent/outbox.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace verge::agent {
namespace {

constexpr std::array<std::string_view, 1> kMigrations = {R"(
  CREATE TABLE meta(
    one INTEGER PRIMARY KEY CHECK(one = 1), epoch INTEGER NOT NULL, next_seq INTEGER NOT NULL, dropped INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE events(
    id INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER UNIQUE, bytes INTEGER NOT NULL,
    app TEXT NOT NULL, version INTEGER NOT NULL, priority INTEGER NOT NULL, kind TEXT NOT NULL,
    time_ms INTEGER NOT NULL, media_ms INTEGER NOT NULL, data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_waiting ON events(priority, id) WHERE seq IS NULL;
)"};

constexpr int64_t kOverheadBytes = 200;  // of a row and of the JSON around the data

int64_t Weight(const proto::Event& event) {
  return kOverheadBytes + static_cast<int64_t>(event.app.size() + event.kind.size() + event.data.text().size());
}

}  // namespace

Result<Outbox> Outbox::Open(const std::string& path, int64_t epoch_if_new, const Options& options) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {}));
  VERGE_TRY(db.Migrate(kMigrations));
  VERGE_TRY(
      db.Run("INSERT OR IGNORE INTO meta(one, epoch, next_seq, dropped, bytes) VALUES(1, ?, 1, 0, 0)", {epoch_if_new}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> epoch, db.QueryInt("SELECT epoch FROM meta", {}));
  return Outbox(std::move(db), epoch.value_or(epoch_if_new), options);
}

Result<Outbox> Outbox::OpenReadOnly(const std::string& path) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {.read_only = true}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> epoch, db.QueryInt("SELECT epoch FROM meta", {}));
  return Outbox(std::move(db), epoch.value_or(0), {});
}

Status Outbox::Append(const std::vector<proto::Event>& events) {
  if (events.empty()) return Status::Ok();
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(sys::Statement insert,
                   db_.Prepare("INSERT INTO events(bytes, app, version, priority, kind, time_ms, "
                               "media_ms, data) VALUES(?,?,?,?,?,?,?,?)"));
  int64_t added = 0;
  for (const proto::Event& e : events) {
    VERGE_TRY(insert.Run(
        {Weight(e), e.app, e.version, static_cast<int>(e.priority), e.kind, e.time_ms, e.media_ms, e.data.text()}));
    added += Weight(e);
  }
  VERGE_TRY(db_.Run("UPDATE meta SET bytes = bytes + ?", {added}));
  VERGE_TRY(DropOverQuota());
  return transaction.Commit();
}

Status Outbox::DropOverQuota() {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> bytes, db_.QueryInt("SELECT bytes FROM meta", {}));
  int64_t over = bytes.value_or(0) - options_.quota_bytes;
  if (over <= 0) return Status::Ok();
  VERGE_TRY_ASSIGN(sys::Statement oldest, db_.Prepare("SELECT id, bytes FROM events WHERE seq IS NULL "
                                                      "ORDER BY priority DESC, id LIMIT 1"));
  VERGE_TRY_ASSIGN(sys::Statement remove, db_.Prepare("DELETE FROM events WHERE id = ?"));
  int64_t dropped = 0;
  int64_t freed = 0;
  while (over > freed) {
    VERGE_TRY(oldest.Bind({}));
    VERGE_TRY_ASSIGN(const bool has_row, oldest.Step());
    if (!has_row) break;
    freed += oldest.Int(1);
    ++dropped;
    const int64_t id = oldest.Int(0);
    VERGE_TRY(oldest.Bind({}));
    VERGE_TRY(remove.Run({id}));
  }
  return db_.Run("UPDATE meta SET bytes = bytes - ?, dropped = dropped + ?", {freed, dropped});
}

Status Outbox::NumberSome() {
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(std::optional<int64_t> next, db_.QueryInt("SELECT next_seq FROM meta", {}));
  VERGE_TRY_ASSIGN(sys::Statement waiting, db_.Prepare("SELECT id, bytes FROM events WHERE seq IS NULL "
                                                       "ORDER BY priority, id LIMIT ?"));
  VERGE_TRY(waiting.Bind({static_cast<int64_t>(proto::kMaxEventsPerBatch)}));
  std::vector<int64_t> ids;
  size_t bytes = 0;
  while (true) {
    VERGE_TRY_ASSIGN(const bool has_row, waiting.Step());
    if (!has_row) break;
    bytes += static_cast<size_t>(waiting.Int(1));
    if (!ids.empty() && bytes > options_.batch_bytes) break;
    ids.push_back(waiting.Int(0));
  }
  VERGE_TRY(waiting.Bind({0}));
  int64_t seq = next.value_or(1);
  for (const int64_t id : ids) VERGE_TRY(db_.Run("UPDATE events SET seq = ? WHERE id = ?", {seq++, id}));
  VERGE_TRY(db_.Run("UPDATE meta SET next_seq = ?", {seq}));
  return transaction.Commit();
}

Result<proto::EventBatch> Outbox::NextBatch() {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> numbered,
                   db_.QueryInt("SELECT 1 FROM events WHERE seq IS NOT NULL LIMIT 1", {}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> any, db_.QueryInt("SELECT 1 FROM events LIMIT 1", {}));
  proto::EventBatch batch;
  batch.epoch = epoch_;
  if (!any) return batch;
  if (!numbered) VERGE_TRY(NumberSome());
  VERGE_TRY_ASSIGN(sys::Statement rows, db_.Prepare("SELECT seq, app, version, priority, kind, time_ms, media_ms, data "
                                                    "FROM events WHERE seq IS NOT NULL ORDER BY seq LIMIT ?"));
  VERGE_TRY(rows.Bind({static_cast<int64_t>(proto::kMaxEventsPerBatch)}));
  while (true) {
    VERGE_TRY_ASSIGN(const bool has_row, rows.Step());
    if (!has_row) return batch;
    VERGE_TRY_ASSIGN(proto::JsonText data, proto::JsonText::Parse(rows.Text(7)));
    batch.events.push_back({epoch_, rows.Int(0), rows.Text(1), rows.Int(2), static_cast<proto::Priority>(rows.Int(3)),
                            rows.Text(4), rows.Int(5), rows.Int(6), std::move(data)});
  }
}

Status Outbox::Acknowledge(int64_t epoch, int64_t seq) {
  if (epoch != epoch_)
    return VERGE_ERROR(kDataLoss,
                       "the hub acknowledged epoch " + std::to_string(epoch) + ", ours is " + std::to_string(epoch_));
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(
      db_.Run("UPDATE meta SET bytes = bytes - (SELECT coalesce(sum(bytes), 0) FROM events WHERE seq <= ?)", {seq}));
  VERGE_TRY(db_.Run("DELETE FROM events WHERE seq <= ?", {seq}));
  return transaction.Commit();
}

Result<proto::OutboxState> Outbox::State() {
  VERGE_TRY_ASSIGN(sys::Statement row,
                   db_.Prepare("SELECT next_seq, dropped, (SELECT count(*) FROM events) FROM meta"));
  VERGE_TRY(row.Bind({}));
  VERGE_TRY_ASSIGN(const bool has_row, row.Step());
  if (!has_row) return VERGE_ERROR(kDataLoss, "outbox.db: its table meta is empty");
  return proto::OutboxState{epoch_, row.Int(0), row.Int(2), row.Int(1)};
}

}  // namespace verge::agent
