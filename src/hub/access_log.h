// The access log: one JSON line a request (docs/formats/hub-api.md).
//
// Threads   any. A line that cannot be written is lost; serving goes on.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/status.h"
#include "sys/file/output_file.h"
#include "sys/http/server.h"

namespace verge::hub {

class AccessLog {
 public:
  // Appends to `path`, mode 0600: paths name devices.
  static Result<std::unique_ptr<AccessLog>> Open(const std::string& path);
  void Write(const sys::http::AccessRecord& record);

 private:
  explicit AccessLog(sys::OutputFile file) : file_(std::move(file)) {}

  std::mutex mutex_;
  sys::OutputFile file_;
};

}  // namespace verge::hub
