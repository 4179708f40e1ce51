// Events that the hub has not acknowledged yet. SQLite, outbox.db; survives power loss.
//
// Numbers   an event gets its (epoch, seq) when it is first put into a batch, not when it is stored. So seq has no
//           holes although a full outbox drops events, and alerts are sent before what was stored earlier. Among one
//           priority the order is that of storing, whatever the clocks say.
// Dropped   when the events take more than quota_bytes, the oldest are dropped: first bulk, then normal, then alerts;
//           never those that have a number. Bulk and normal events also go when they have waited for max_age_ms.
//           Age counts the time that an agent was running: a clock that jumps makes nothing older.
// Disk full a reserve (the file PATH.reserve) is given up for the log, outbox.db grows no more, and the oldest bulk and
// normal events are dropped to make
//           room; if that is not enough, of what comes only the alerts are stored; if even that fails, Append is
//           kResourceExhausted and the caller keeps its events and tries again. The reserve comes back with the space.
//           Numbering and sending go on: a spare row inside of the file leaves its pages for that.
// Threads   one object per thread; two objects on the same file are fine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "proto/device.h"
#include "sys/clock/clock.h"
#include "sys/db/database.h"

namespace verge::agent {

class Outbox {
 public:
  struct Options {
    int64_t quota_bytes = int64_t{64} << 20;
    size_t batch_bytes = size_t{512} << 10;  // of one batch as JSON; the hub takes 1 MiB
    // By priority (alert, normal, bulk); 0: never.
    std::array<int64_t, 3> max_age_ms = {0, int64_t{30} * 24 * 3600 * 1000, int64_t{7} * 24 * 3600 * 1000};
    // Only the object that appends has one: it ages the events and keeps the reserve. Borrowed.
    const sys::Clock* clock = nullptr;
    int64_t max_file_bytes = 0;  // for tests: the file cannot grow beyond it, as if the disk were full; 0: it can
  };
  // Opens the outbox at `path`; a new one gets `epoch_if_new`.
  static Result<Outbox> Open(const std::string& path, int64_t epoch_if_new, const Options& options);
  // Frees the disk space that is kept for an outbox at `path`. False: there was none.
  static bool GiveUpReserve(const std::string& path);
  // For State() only, beside a running agent.
  static Result<Outbox> OpenReadOnly(const std::string& path);

  // Stores events (their epoch and seq are ignored) in one transaction; durable on return. kResourceExhausted: see
  // above.
  Status Append(const std::vector<proto::Event>& events);
  // The next events to send, all numbered; the same ones again until they are acknowledged. Empty: nothing to send.
  Result<proto::EventBatch> NextBatch();
  // Forgets what the hub has: everything of `epoch` up to `seq`.
  Status Acknowledge(int64_t epoch, int64_t seq);
  Result<proto::OutboxState> State();

  int64_t epoch() const { return epoch_; }

 private:
  Outbox(sys::Database db, std::string path, int64_t epoch, const Options& options);
  static Result<Outbox> OpenOnce(const std::string& path, int64_t epoch_if_new, const Options& options);
  Status Store(const std::vector<proto::Event>& events, int64_t dropped);
  // Drops the oldest of the least important until `bytes` are free; down to this priority.
  Status DropOldest(int64_t bytes, proto::Priority down_to);
  Status DropOverQuota();
  Status DropTooOld();
  Status MakeRoom(int64_t bytes);
  Status StopGrowth();
  Status KeepReserve();
  Status NumberSome();

  sys::Database db_;
  std::string path_;
  int64_t epoch_;
  Options options_;
  int64_t aged_ms_ = 0;     // the monotonic time up to which events have aged
  int64_t reserve_ms_ = 0;  // when the reserve was last looked after
  bool has_reserve_ = false;
};

}  // namespace verge::agent
