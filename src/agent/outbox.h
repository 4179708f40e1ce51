// Events that the hub has not acknowledged yet. SQLite, outbox.db; survives power loss.
//
// Numbers   an event gets its (epoch, seq) when it is first put into a batch, not when it is stored. So seq has no
// holes
//           although a full outbox drops events, and alerts are sent before what was stored earlier.
// Quota     when the events take more than quota_bytes, the oldest are dropped: first bulk, then normal, then alerts;
//           never those that have a number.
// Threads   one object per thread; two objects on the same file are fine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "proto/device.h"
#include "sys/db/database.h"

namespace verge::agent {

class Outbox {
 public:
  struct Options {
    int64_t quota_bytes = int64_t{64} << 20;
    size_t batch_bytes = size_t{512} << 10;  // of one batch as JSON; the hub takes 1 MiB
  };
  // Opens the outbox at `path`; a new one gets `epoch_if_new`.
  static Result<Outbox> Open(const std::string& path, int64_t epoch_if_new, const Options& options);
  // For State() only, beside a running agent.
  static Result<Outbox> OpenReadOnly(const std::string& path);

  // Stores events (their epoch and seq are ignored) in one transaction; durable on return.
  Status Append(const std::vector<proto::Event>& events);
  // The next events to send, all numbered; the same ones again until they are acknowledged. Empty: nothing to send.
  Result<proto::EventBatch> NextBatch();
  // Forgets what the hub has: everything of `epoch` up to `seq`.
  Status Acknowledge(int64_t epoch, int64_t seq);
  Result<proto::OutboxState> State();

  int64_t epoch() const { return epoch_; }

 private:
  Outbox(sys::Database db, int64_t epoch, const Options& options)
      : db_(std::move(db)), epoch_(epoch), options_(options) {}
  Status DropOverQuota();
  Status NumberSome();

  sys::Database db_;
  int64_t epoch_;
  Options options_;
};

}  // namespace verge::agent
