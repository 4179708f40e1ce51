#include "runner/run/capture.h"

#include <fmt/format.h>

#include "media/npy.h"
#include "sys/file/file.h"

namespace verge::runner {

Status Capture::See(const std::string& model, const runtime::Session& session) {
  const std::lock_guard lock(mutex_);
  if (is_full_) return VERGE_ERROR(kCancelled, "enough inputs were kept");
  std::vector<std::pair<std::string, Tensor>> members;
  const auto inputs = session.model().inputs();
  for (size_t i = 0; i < inputs.size(); ++i) members.emplace_back(std::string(inputs[i].name), session.input(i));
  VERGE_TRY_ASSIGN(const std::vector<std::byte> bytes, media::WriteNpz(members));
  const std::string folder = sys::JoinPath(dir_, model);
  VERGE_TRY(sys::MakeDirs(folder));
  size_t& kept = kept_[model];
  VERGE_TRY(sys::WriteFileAtomic(sys::JoinPath(folder, fmt::format("{:06}.npz", kept)),
                                 {reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  is_full_ = ++kept == limit_;
  return Status::Ok();
}

bool Capture::is_full() const {
  const std::lock_guard lock(mutex_);
  return is_full_;
}

}  // namespace verge::runner
