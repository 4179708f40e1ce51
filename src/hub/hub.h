// The fleet server in one object: database, packages, HTTPS.
//
// Threads   Start and Stop on one thread; requests run on the server's own.
// Errors    Start: kNotFound no hub in the folder (run init); kFailedPrecondition another process serves it, or a newer
//           program wrote it; kUnavailable the port cannot be had.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

namespace verge::hub {

struct HubOptions {
  std::string data_dir;
  std::string address = "127.0.0.1";
  uint16_t port = 0;       // 0: the OS chooses
  std::string access_log;  // path; "" for none
  std::string version;     // as /api/v1/health shows it
  int threads = 4;
  int64_t metadata_ttl_s = 86'400;  // life of a timestamp and of a director's document
};

class Hub {
 public:
  static Result<std::unique_ptr<Hub>> Start(const HubOptions& options);
  virtual ~Hub() = default;  // stops

  virtual uint16_t port() const = 0;
  // Lets requests under way finish; long polls end at once.
  virtual void Stop() = 0;
};

}  // namespace verge::hub
