#include "hub/access_log.h"

#include "proto/json.h"

namespace verge::hub {

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& path) {
  VERGE_TRY_ASSIGN(sys::OutputFile file, sys::OutputFile::Open(path, false, 0600));
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(file)));
}

void AccessLog::Write(const sys::http::AccessRecord& record) {
  const std::string line = R"({"time_ms":)" + std::to_string(record.time_ms) + R"(,"method":)" +
                           proto::QuoteJson(record.method) + R"(,"path":)" + proto::QuoteJson(record.path) +
                           R"(,"status":)" + std::to_string(record.status) + R"(,"bytes":)" +
                           std::to_string(record.bytes) + R"(,"duration_us":)" + std::to_string(record.duration_us) +
                           R"(,"identity":)" + proto::QuoteJson(record.identity) + R"(,"range":)" +
                           proto::QuoteJson(record.range) + R"(,"remote":)" + proto::QuoteJson(record.remote) + "}\n";
  const std::lock_guard lock(mutex_);
  (void)file_.Write(line);  // see the header
}

}  // namespace verge::hub
