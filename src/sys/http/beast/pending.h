// One request's answer on its way from a handler's thread to the connection that waits for it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "sys/http/server.h"

namespace verge::sys::http {

// Shared by the connection and the Responder's target. After Close no answer is taken and `wake` is not called, so the
// connection may go away while a handler still holds a Responder.
class PendingAnswer {
 public:
  explicit PendingAnswer(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Answer(Response response) {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    response_ = std::move(response);
    if (wake_) wake_();
  }
  std::optional<Response> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(response_, std::nullopt);
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    answered_ = true;
    wake_ = nullptr;
  }

 private:
  std::mutex mutex_;
  bool answered_ = false;
  std::optional<Response> response_;
  std::function<void()> wake_;  // must not block or call back
};

class PendingTarget final : public Responder::Target {
 public:
  explicit PendingTarget(std::shared_ptr<PendingAnswer> answer) : answer_(std::move(answer)) {}
  ~PendingTarget() override {
    Response lost;
    lost.status = 500;
    answer_->Answer(std::move(lost));
  }
  void Answer(Response response) override { answer_->Answer(std::move(response)); }

 private:
  std::shared_ptr<PendingAnswer> answer_;
};

}  // namespace verge::sys::http
