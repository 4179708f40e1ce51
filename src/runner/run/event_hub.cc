#include "runner/run/event_hub.h"

#include "runner/run/agent_link.h"

namespace verge::runner {

Status EventHub::Emit(proto::RunnerEvent event) {
  const std::lock_guard lock(mutex_);
  event.id = ++last_id_;
  if (file_) VERGE_TRY(file_->Write(proto::ToJson(event) + "\n"));
  if (link_ != nullptr) VERGE_TRY(link_->Send(event));
  return Status::Ok();
}

int64_t EventHub::count() const {
  const std::lock_guard lock(mutex_);
  return last_id_;
}

}  // namespace verge::runner
