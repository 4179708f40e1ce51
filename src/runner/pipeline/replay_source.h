// A source that plays one stream of a recording.
#pragma once

#include <atomic>
#include <utility>

#include "runner/pipeline/element.h"
#include "runner/pipeline/recording.h"

namespace verge::runner::pipeline {

class ReplaySource final : public Source {
 public:
  explicit ReplaySource(Recording::Cursor cursor) : cursor_(cursor) {}
  Result<bool> Next(Packet& packet) override {
    if (is_stopping_.load()) return false;
    return cursor_.Next(packet);
  }
  void Stop() override { is_stopping_.store(true); }

 private:
  Recording::Cursor cursor_;
  std::atomic<bool> is_stopping_{false};
};

}  // namespace verge::runner::pipeline
