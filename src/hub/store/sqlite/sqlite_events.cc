// Events: each exactly once, whatever the network did to the batch that carried it.
#include <algorithm>

#include "hub/store/sqlite/sqlite_store_impl.h"

namespace verge::hub {
namespace {

constexpr const char* kEventColumns =
    "SELECT cursor, device, epoch, seq, app, version, priority, kind, time_ms, media_ms, data, received_ms FROM "
    "events ";

proto::Priority PriorityOf(const std::string& name) {
  for (size_t i = 0; i < proto::kPriorityNames.size(); ++i) {
    if (name == proto::kPriorityNames[i]) return static_cast<proto::Priority>(i);
  }
  return proto::Priority::kNormal;
}

Result<proto::HubEvent> ReadEvent(const sys::Statement& row) {
  proto::HubEvent out;
  out.device = row.Text(1);
  out.event.epoch = row.Int(2);
  out.event.seq = row.Int(3);
  out.event.app = row.Text(4);
  out.event.version = row.Int(5);
  out.event.priority = PriorityOf(row.Text(6));
  out.event.kind = row.Text(7);
  out.event.time_ms = row.Int(8);
  out.event.media_ms = row.Int(9);
  VERGE_TRY_ASSIGN(out.event.data, proto::JsonText::Parse(row.Text(10)));
  out.received_ms = row.Int(11);
  return out;
}

}  // namespace

// The highest seq such that all from 1 to it are there.
Result<int64_t> SqliteStore::Progress(const std::string& device, int64_t epoch) {
  VERGE_TRY_ASSIGN(
      const std::optional<int64_t> known,
      db_.QueryInt("SELECT acknowledged FROM event_progress WHERE device = ? AND epoch = ?", {device, epoch}));
  int64_t progress = known.value_or(0);
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare("SELECT seq FROM events WHERE device = ? AND epoch = ? AND seq > ? "
                               "ORDER BY seq"));
  VERGE_TRY(select.Bind({device, epoch, progress}));
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more || select.Int(0) != progress + 1) return progress;
    ++progress;
  }
}

Result<int64_t> SqliteStore::AddEvents(const std::string& device, const proto::EventBatch& batch, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  VERGE_TRY_ASSIGN(sys::Transaction transaction, sys::Transaction::Begin(db_));
  VERGE_TRY_ASSIGN(
      sys::Statement insert,
      db_.Prepare("INSERT OR IGNORE INTO events(device, epoch, seq, app, version, priority, kind, time_ms, "
                  "media_ms, data, received_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const proto::Event& e : batch.events) {
    VERGE_TRY(
        insert.Run({device, e.epoch, e.seq, e.app, e.version, proto::kPriorityNames[static_cast<size_t>(e.priority)],
                    e.kind, e.time_ms, e.media_ms, e.data.text(), now_ms}));
  }
  VERGE_TRY_ASSIGN(const int64_t progress, Progress(device, batch.epoch));
  VERGE_TRY(
      db_.Run("INSERT INTO event_progress(device, epoch, acknowledged) VALUES(?, ?, ?) "
              "ON CONFLICT(device, epoch) DO UPDATE SET acknowledged = excluded.acknowledged",
              {device, batch.epoch, progress}));
  VERGE_TRY(transaction.Commit());
  return progress;
}

Result<EventPage> SqliteStore::ListEvents(const EventQuery& query) {
  const std::lock_guard lock(mutex_);
  const bool newest = !query.after.has_value();
  VERGE_TRY_ASSIGN(sys::Statement select,
                   db_.Prepare(std::string(kEventColumns) +
                               "WHERE cursor > ?1 AND (?2 = '' OR device = ?2) AND (?3 = '' OR app = ?3) "
                               "AND (?4 = '' OR kind = ?4) AND (?5 = '' OR priority = ?5) ORDER BY cursor " +
                               (newest ? "DESC" : "ASC") + " LIMIT ?6"));
  VERGE_TRY(select.Bind({query.after.value_or(0), query.device, query.app, query.kind, query.priority, query.limit}));
  EventPage page;
  page.next = query.after.value_or(0);
  while (true) {
    VERGE_TRY_ASSIGN(const bool more, select.Step());
    if (!more) break;
    page.next = std::max(page.next, select.Int(0));
    VERGE_TRY_ASSIGN(proto::HubEvent event, ReadEvent(select));
    page.events.push_back(std::move(event));
  }
  if (newest) std::reverse(page.events.begin(), page.events.end());
  if (newest && page.events.empty()) {  // nothing matches yet: poll on from the end, not from the first event
    VERGE_TRY_ASSIGN(const std::optional<int64_t> last, db_.QueryInt("SELECT max(cursor) FROM events", {}));
    page.next = last.value_or(0);
  }
  return page;
}

}  // namespace verge::hub
