#include "agent/outbox.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "sys/file/file.h"

namespace verge::agent {
namespace {

// Since the second, the events of one priority lie together: dropping them gives whole pages back. Stored as they come,
// every page would keep an alert, and a full disk would find no room however much is dropped.
constexpr std::array<std::string_view, 2> kMigrations = {R"(
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
)",
                                                         R"(
  CREATE TABLE by_priority(
    priority INTEGER NOT NULL, id INTEGER NOT NULL, seq INTEGER, bytes INTEGER NOT NULL, stored_age_ms INTEGER NOT NULL,
    app TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, time_ms INTEGER NOT NULL, media_ms INTEGER NOT NULL,
    data TEXT NOT NULL, PRIMARY KEY(priority, id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO by_priority SELECT priority, id, seq, bytes, 0, app, version, kind, time_ms, media_ms, data FROM events;
  DROP TABLE events;
  ALTER TABLE by_priority RENAME TO events;
  CREATE UNIQUE INDEX events_numbered ON events(seq) WHERE seq IS NOT NULL;
  ALTER TABLE meta ADD COLUMN age_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE meta ADD COLUMN next_id INTEGER NOT NULL DEFAULT 1;
  UPDATE meta SET next_id = 1 + (SELECT coalesce(max(id), 0) FROM events);
  CREATE TABLE spare(one INTEGER PRIMARY KEY CHECK(one = 1), room BLOB NOT NULL) STRICT;
)"};

constexpr int64_t kReserveBytes = int64_t{2} << 20;  // more than the write-ahead log grows to
constexpr int kSpareBytes = 64 * 1024;               // more than the numbers of a batch take in the index
constexpr int64_t kReserveEveryMs = 60'000;
constexpr int64_t kLeastRoomBytes = 256 * 1024;

constexpr const char* kKeepSpare = "INSERT OR IGNORE INTO spare(one, room) VALUES(1, zeroblob(?))";

constexpr int64_t kOverheadBytes = 200;  // of a row and of the JSON around the data

constexpr int64_t kAnyPages = int64_t{1} << 30;

Status SetMaxPages(sys::Database& db, int64_t pages) {
  return db.Execute("PRAGMA max_page_count=" + std::to_string(pages));
}

int64_t Weight(const proto::Event& event) {
  return kOverheadBytes + static_cast<int64_t>(event.app.size() + event.kind.size() + event.data.text().size());
}

}  // namespace

Outbox::Outbox(sys::Database db, std::string path, int64_t epoch, const Options& options)
    : db_(std::move(db)), path_(std::move(path)), epoch_(epoch), options_(options) {
  if (options_.clock == nullptr) return;
  aged_ms_ = options_.clock->MonotonicMs();
  reserve_ms_ = aged_ms_ - kReserveEveryMs;  // due
  has_reserve_ = sys::Exists(path_ + ".reserve");
}

Result<Outbox> Outbox::Open(const std::string& path, int64_t epoch_if_new, const Options& options) {
  Result<Outbox> opened = OpenOnce(path, epoch_if_new, options);
  if (opened.ok() || options.clock == nullptr) return opened;
  // A database needs two small files beside it, which a full disk refuses.
  if (!GiveUpReserve(path)) return opened;
  return OpenOnce(path, epoch_if_new, options);
}

bool Outbox::GiveUpReserve(const std::string& path) {
  return sys::Exists(path + ".reserve") && sys::RemoveFile(path + ".reserve").ok();
}

Result<Outbox> Outbox::OpenOnce(const std::string& path, int64_t epoch_if_new, const Options& options) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {}));
  VERGE_TRY(db.Migrate(kMigrations));
  VERGE_TRY(
      db.Run("INSERT OR IGNORE INTO meta(one, epoch, next_seq, dropped, bytes) VALUES(1, ?, 1, 0, 0)", {epoch_if_new}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> epoch, db.QueryInt("SELECT epoch FROM meta", {}));
  // A log that stays below the reserve.
  VERGE_TRY(db.Execute("PRAGMA wal_autocheckpoint=250"));
  if (options.max_file_bytes > 0) VERGE_TRY(SetMaxPages(db, options.max_file_bytes / 4096));
  // Room inside of the file, so that a batch can be numbered and sent when nothing else fits. Full already: later.
  (void)db.Run(kKeepSpare, {kSpareBytes}).ok();
  Outbox outbox(std::move(db), path, epoch.value_or(epoch_if_new), options);
  if (options.clock != nullptr) VERGE_TRY(outbox.KeepReserve());
  return outbox;
}

Result<Outbox> Outbox::OpenReadOnly(const std::string& path) {
  VERGE_TRY_ASSIGN(sys::Database db, sys::Database::Open(path, {.read_only = true}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> epoch, db.QueryInt("SELECT epoch FROM meta", {}));
  return Outbox(std::move(db), path, epoch.value_or(0), {});
}

Status Outbox::Append(const std::vector<proto::Event>& events) {
  if (events.empty()) return Status::Ok();
  Status stored = Store(events, 0);
  if (stored.ok() && options_.clock != nullptr) VERGE_TRY(KeepReserve());
  if (stored.code() != StatusCode::kResourceExhausted) return stored;
  int64_t bytes = 0;
  std::vector<proto::Event> alerts;
  for (const proto::Event& e : events) {
    bytes += Weight(e);
    if (e.priority == proto::Priority::kAlert) alerts.push_back(e);
  }
  VERGE_TRY(MakeRoom(2 * bytes));
  stored = Store(events, 0);
  if (stored.code() != StatusCode::kResourceExhausted) return stored;
  return Store(alerts, static_cast<int64_t>(events.size() - alerts.size()));
}

Status Outbox::Store(const std::vector<proto::Event>& events, int64_t dropped) {
  int64_t passed_ms = 0;
  if (options_.clock != nullptr) passed_ms = options_.clock->MonotonicMs() - aged_ms_;
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(db_.Run("UPDATE meta SET age_ms = age_ms + ?, dropped = dropped + ?", {passed_ms, dropped}));
  VERGE_TRY_ASSIGN(const std::optional<int64_t> next_id, db_.QueryInt("SELECT next_id FROM meta", {}));
  VERGE_TRY_ASSIGN(sys::Statement insert,
                   db_.Prepare("INSERT INTO events(priority, id, bytes, stored_age_ms, app, version, kind, time_ms, "
                               "media_ms, data) VALUES(?,?,?,(SELECT age_ms FROM meta),?,?,?,?,?,?)"));
  int64_t id = next_id.value_or(1);
  int64_t added = 0;
  for (const proto::Event& e : events) {
    VERGE_TRY(insert.Run({static_cast<int>(e.priority), id++, Weight(e), e.app, e.version, e.kind, e.time_ms,
                          e.media_ms, e.data.text()}));
    added += Weight(e);
  }
  VERGE_TRY(db_.Run("UPDATE meta SET bytes = bytes + ?, next_id = ?", {added, id}));
  VERGE_TRY(DropTooOld());
  VERGE_TRY(DropOverQuota());
  VERGE_TRY(transaction.Commit());
  aged_ms_ += passed_ms;
  return Status::Ok();
}

Status Outbox::DropOverQuota() {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> bytes, db_.QueryInt("SELECT bytes FROM meta", {}));
  return DropOldest(bytes.value_or(0) - options_.quota_bytes, proto::Priority::kAlert);
}

Status Outbox::DropOldest(int64_t bytes, proto::Priority down_to) {
  if (bytes <= 0) return Status::Ok();
  // One priority at a time: so the key gives the oldest at once. Sorted by both it would look at every event.
  VERGE_TRY_ASSIGN(sys::Statement oldest, db_.Prepare("SELECT id, bytes FROM events WHERE seq IS NULL AND priority = ? "
                                                      "ORDER BY id LIMIT 1"));
  VERGE_TRY_ASSIGN(sys::Statement remove, db_.Prepare("DELETE FROM events WHERE priority = ? AND id = ?"));
  int64_t dropped = 0;
  int64_t freed = 0;
  int priority = static_cast<int>(proto::Priority::kBulk);
  while (bytes > freed && priority >= static_cast<int>(down_to)) {
    VERGE_TRY(oldest.Bind({priority}));
    VERGE_TRY_ASSIGN(const bool has_row, oldest.Step());
    if (!has_row) {
      --priority;
      continue;
    }
    freed += oldest.Int(1);
    ++dropped;
    const int64_t id = oldest.Int(0);
    VERGE_TRY(oldest.Bind({priority}));
    VERGE_TRY(remove.Run({priority, id}));
  }
  return db_.Run("UPDATE meta SET bytes = bytes - ?, dropped = dropped + ?", {freed, dropped});
}

Status Outbox::DropTooOld() {
  for (size_t priority = 0; priority < options_.max_age_ms.size(); ++priority) {
    const int64_t max_age_ms = options_.max_age_ms[priority];
    if (max_age_ms <= 0) continue;
    // Ids rise with age: only the oldest is looked at, and those after it while they are too old.
    VERGE_TRY_ASSIGN(sys::Statement oldest,
                     db_.Prepare("SELECT id, bytes, stored_age_ms < (SELECT age_ms FROM meta) - ? FROM events "
                                 "WHERE seq IS NULL AND priority = ? ORDER BY id LIMIT 1"));
    while (true) {
      VERGE_TRY(oldest.Bind({max_age_ms, static_cast<int>(priority)}));
      VERGE_TRY_ASSIGN(const bool has_row, oldest.Step());
      if (!has_row || oldest.Int(2) == 0) break;
      const int64_t id = oldest.Int(0);
      const int64_t bytes = oldest.Int(1);
      VERGE_TRY(oldest.Bind({max_age_ms, static_cast<int>(priority)}));
      VERGE_TRY(db_.Run("DELETE FROM events WHERE priority = ? AND id = ?", {static_cast<int>(priority), id}));
      VERGE_TRY(db_.Run("UPDATE meta SET bytes = bytes - ?, dropped = dropped + 1", {bytes}));
    }
  }
  return Status::Ok();
}

// What is deleted leaves pages in the file that new events use: it need not grow.
Status Outbox::MakeRoom(int64_t bytes) {
  if (options_.clock != nullptr && has_reserve_) {
    has_reserve_ = !GiveUpReserve(path_);
    VERGE_TRY(StopGrowth());
  }
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY(DropOldest(std::max(bytes, kLeastRoomBytes), proto::Priority::kNormal));
  return transaction.Commit();
}

// What the reserve left is for the log alone. A file that grew into it would have pages in the log that no checkpoint
// can bring home, and then the log could not begin again.
Status Outbox::StopGrowth() {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> pages, db_.QueryInt("PRAGMA page_count", {}));
  return SetMaxPages(db_, pages.value_or(1));
}

Status Outbox::KeepReserve() {
  const int64_t now_ms = options_.clock->MonotonicMs();
  if (has_reserve_ || now_ms - reserve_ms_ < kReserveEveryMs) return Status::Ok();
  reserve_ms_ = now_ms;
  // Fails while the disk is still full, and leaves nothing then.
  has_reserve_ = sys::WriteFileAtomic(path_ + ".reserve", std::string(static_cast<size_t>(kReserveBytes), '\0')).ok();
  if (!has_reserve_) return StopGrowth();
  return SetMaxPages(db_, options_.max_file_bytes > 0 ? options_.max_file_bytes / 4096 : kAnyPages);
}

Status Outbox::NumberSome() {
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(std::optional<int64_t> next, db_.QueryInt("SELECT next_seq FROM meta", {}));
  VERGE_TRY_ASSIGN(sys::Statement waiting, db_.Prepare("SELECT id, bytes, priority FROM events WHERE seq IS NULL "
                                                       "ORDER BY priority, id LIMIT ?"));
  VERGE_TRY(waiting.Bind({static_cast<int64_t>(proto::kMaxEventsPerBatch)}));
  std::vector<std::pair<int64_t, int64_t>> keys;  // priority, id
  size_t bytes = 0;
  while (true) {
    VERGE_TRY_ASSIGN(const bool has_row, waiting.Step());
    if (!has_row) break;
    bytes += static_cast<size_t>(waiting.Int(1));
    if (!keys.empty() && bytes > options_.batch_bytes) break;
    keys.emplace_back(waiting.Int(2), waiting.Int(0));
  }
  VERGE_TRY(waiting.Bind({0}));
  int64_t seq = next.value_or(1);
  VERGE_TRY_ASSIGN(sys::Statement number, db_.Prepare("UPDATE events SET seq = ? WHERE priority = ? AND id = ?"));
  for (const auto& [priority, id] : keys) VERGE_TRY(number.Run({seq++, priority, id}));
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
  if (!numbered) {
    Status done = NumberSome();
    if (done.code() == StatusCode::kResourceExhausted) {
      VERGE_TRY(db_.Run("DELETE FROM spare", {}));
      done = NumberSome();
    }
    VERGE_TRY(done);
  }
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
  VERGE_TRY(transaction.Commit());
  (void)db_.Run(kKeepSpare, {kSpareBytes}).ok();
  return Status::Ok();
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
